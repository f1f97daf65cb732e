/** A provider that rotates refresh tokens, in a process of its own, and connections whose grants it minted. */
import { pluginOf } from '@wellhead/chaos/harness/provider'
import { each } from '@wellhead/chaos/harness/until'
import { type RemoteOAuthServer, startOAuthServerProcess } from '@wellhead/testkit/oauth-server'
import type postgres from 'postgres'
import type { Rooms } from './engine.ts'
import { type Owner, sealed } from './seed.ts'

/** The example data source: a refresh token that is sent twice ends the grant. */
export const dataSource = 'handbook-kills'

export const plugin = pluginOf('kills')

export interface Provider extends AsyncDisposable {
  readonly server: RemoteOAuthServer
  /** As a process of Wellhead's is configured for it. */
  readonly config: object
  /** Gives these connections grants of their own. */
  authorize(sql: postgres.Sql, rooms: Rooms, owner: Owner, ids: readonly string[]): Promise<void>
  /** @throws Error when a refresh cost a grant */
  requireWhole(): Promise<void>
}

export async function startProvider(): Promise<Provider> {
  const server = await startOAuthServerProcess({ rotation: 'kill', expiresIn: 24 * 3600 })
  const { endpoints, client } = server
  return {
    server,
    config: {
      plugins: [plugin],
      dataSources: {
        [dataSource]: { endpoints, oauthClient: { clientId: client.clientId, clientSecret: client.clientSecret } },
      },
      egress: { allow: ['127.0.0.1/32'] },
    },
    async authorize(sql, rooms, owner, ids) {
      const minted = await each(ids, 16, async (id) => [id, await server.mint()] as const)
      await sealed(sql, rooms, owner, new Map(minted))
      await sql`
        update connections
        set oauth_client_id = (select id from oauth_clients where data_source = ${dataSource} and is_selected)
        where id in ${sql(ids)}`
    },
    async requireWhole() {
      const ended = (await server.grants()).filter((grant) => grant.ended !== null)
      if (ended.length > 0) throw new Error(`${ended.length} grants ended, the first one as ${ended[0]?.ended}`)
    },
    [Symbol.asyncDispose]: () => server.close(),
  }
}
