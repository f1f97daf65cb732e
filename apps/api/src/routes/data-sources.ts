import { routes } from '@wellhead/client/schema'
import { ApiProblem } from '../problems.ts'
import { dataSourceBody, oauthClientBody } from '../representations/data-source.ts'
import type { RouteContext } from './context.ts'

export function registerDataSources({ register, engine }: RouteContext): void {
  register(routes.dataSources.list, async ({ actor }) => ({
    status: 200,
    body: { items: (await engine.dataSources.list(actor)).map(dataSourceBody) },
  }))

  register(routes.dataSources.get, async ({ actor, params }) => ({
    status: 200,
    body: dataSourceBody(await engine.dataSources.get(actor, params.id)),
  }))

  register(routes.oauthClients.get, async ({ actor, params }) => {
    await engine.dataSources.get(actor, params.id)
    const client = await engine.clients.get(actor, params.id)
    if (!client) throw new ApiProblem('oauth_client_not_found', 'This workspace has no OAuth client of its own here.')
    return { status: 200, body: oauthClientBody(client) }
  })

  register(routes.oauthClients.put, async ({ actor, params, body }) => {
    const source = await engine.dataSources.get(actor, params.id)
    if (source.oauthClient === 'not_applicable')
      throw new ApiProblem('method_not_supported', `${source.hosted.source.name} is not connected by OAuth.`)
    const client = await engine.clients.put(actor, params.id, {
      clientId: body.client_id,
      ...(body.client_secret === undefined ? {} : { clientSecret: body.client_secret }),
    })
    return { status: 200, body: oauthClientBody(client) }
  })

  register(routes.oauthClients.delete, async ({ actor, params }) => {
    await engine.dataSources.get(actor, params.id)
    await engine.clients.delete(actor, params.id)
    return { status: 204 }
  })
}
