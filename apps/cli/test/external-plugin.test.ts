/** A data source from outside the house, given by its path alone: nothing else knows of it. */
import { fileURLToPath } from 'node:url'
import { type OAuthServer, startOAuthServer } from '@wellhead/testkit/oauth-server'
import { expect, it } from 'vitest'
import { until } from './processes.ts'
import { connectByOAuth, openStage, runToEnd } from './scenario.ts'

const handbook = fileURLToPath(new URL('../../../examples/datasource-handbook/src/index.ts', import.meta.url))

it('appears in the catalog, connects, runs, and is refreshed before its token expires', {
  timeout: 90_000,
}, async () => {
  let server: OAuthServer | undefined
  await using stage = await openStage({
    plugins: [handbook],
    async dataSources(publicUrl) {
      server = await startOAuthServer({
        expiresIn: 10,
        scopes: ['handbook.read'],
        clients: [
          {
            clientId: 'wellhead',
            clientSecret: 'a-secret-of-the-tests',
            redirectUris: [`${publicUrl}/oauth/callback/handbook`],
          },
        ],
      })
      return {
        handbook: {
          endpoints: server.endpoints,
          oauthClient: { clientId: 'wellhead', clientSecret: 'a-secret-of-the-tests' },
        },
      }
    },
  })
  await using provider = server as unknown as OAuthServer
  const client = stage.deployment.client()

  const { items } = await client.dataSources.list()
  expect(items.map(({ id }) => id)).toEqual(expect.arrayContaining(['notion', 'firecrawl', 'handbook']))
  const one = await client.dataSources.get({ params: { id: 'handbook' } })
  expect(one).toMatchObject({
    kind: 'online_document',
    sandbox: false,
    auth_methods: [
      {
        method: 'oauth2',
        redirect_uri: expect.stringMatching(/^http:\/\/localhost:\d+\/oauth\/callback\/handbook$/),
      },
    ],
  })

  const id = await connectByOAuth(client, 'handbook')
  const listed = await runToEnd(client, { data_source: 'handbook', operation: 'list_pages' })
  expect(listed).toMatchObject({ status: 'completed', error: null })
  const read = await runToEnd(client, {
    data_source: 'handbook',
    operation: 'read_pages',
    parameters: { pages: [{ id: 'item-1' }] },
  })
  expect(read).toMatchObject({ status: 'completed', document_count: 1 })

  // Nobody asks for it: the sweep finds the credential due before the ten seconds are over, again and again.
  const connection = await until(async () => {
    const now = await client.connections.get({ params: { id } })
    return now.generation >= 3 && now
  }, 'it was refreshed twice')
  expect(connection.status).toBe('active')
  const { refreshes, replays, destroyed } = provider.counters()
  expect({ refreshes: refreshes >= 2, replays, destroyed }).toEqual({ refreshes: true, replays: 0, destroyed: 0 })

  const grantsBefore = provider.grants().filter(({ ended }) => ended === null).length
  await client.connections.delete({ params: { id } })
  await until(
    async () => provider.grants().filter(({ ended }) => ended === null).length < grantsBefore,
    'the grant is revoked',
  )
})
