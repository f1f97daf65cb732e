import { routes } from '@wellhead/client/schema'
import { authorizationBody } from '../representations/records.ts'
import type { RouteContext } from './context.ts'

export function registerAuthorizations({ register, engine, publicUrl }: RouteContext): void {
  register(routes.authorizations.create, async ({ actor, body }) => {
    const { authorization, connectPath } = await engine.authorizations.create(actor, {
      dataSource: body.data_source,
      ...(body.name === undefined ? {} : { name: body.name }),
      ...(body.connection_id === undefined ? {} : { connectionId: body.connection_id }),
    })
    return { status: 201, body: { ...authorizationBody(authorization), connect_url: `${publicUrl}${connectPath}` } }
  })

  register(routes.authorizations.get, async ({ actor, params }) => ({
    status: 200,
    body: authorizationBody(await engine.authorizations.get(actor, params.id)),
  }))
}
