/** A process with one route, which does nothing but read a credential. */
import { createSecretKey } from 'node:crypto'
import Fastify from 'fastify'
import postgres from 'postgres'
import { readBare } from './opening.ts'

export interface BareRoute {
  readonly databaseUrl: string
  readonly keyId: string
  readonly key: Buffer
}

process.once('message', async ({ databaseUrl, keyId, key }: BareRoute) => {
  const sql = postgres(databaseUrl, { max: 10, onnotice: () => {} })
  const dataKey = { id: keyId, key: createSecretKey(key) }
  const app = Fastify()
  app.post<{ Params: { id: string } }>('/v1/connections/:id/credentials', async ({ params }) => {
    const { accessToken } = JSON.parse(await readBare(sql, params.id, dataKey)) as { accessToken: string }
    return { access_token: accessToken }
  })
  process.send?.(await app.listen({ port: 0, host: '127.0.0.1' }))
})
