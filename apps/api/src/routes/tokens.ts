import { routes } from '@wellhead/client/schema'
import { apiTokenBody } from '../representations/records.ts'
import type { RouteContext } from './context.ts'

export function registerTokens({ register, engine }: RouteContext): void {
  register(routes.tokens.create, async ({ actor, body }) => {
    const { token, view } = await engine.tenancy.createToken(actor, {
      name: body.name,
      scopes: body.scopes,
      ...(body.expires_at === undefined ? {} : { expiresAt: new Date(body.expires_at) }),
    })
    return { status: 201, body: { ...apiTokenBody(view), token } }
  })

  register(routes.tokens.list, async ({ actor }) => ({
    status: 200,
    body: { items: (await engine.tenancy.listTokens(actor)).map(apiTokenBody) },
  }))

  register(routes.tokens.revoke, async ({ actor, params }) => {
    await engine.tenancy.revokeToken(actor, params.id)
    return { status: 204 }
  })
}
