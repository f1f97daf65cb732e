/** Every built-in source in each of its ways, through an API and a worker as processes of their own, over HTTP. */
import { builtin } from '@wellhead/catalog'
import type { Client } from '@wellhead/client'
import type { DataSource } from '@wellhead/datasource-node'
import { loadDataSources } from '@wellhead/plugin-host'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSource } from '../src/start/read-source.ts'
import { dumpDatabase } from './dump.ts'
import { until } from './processes.ts'
import { connectByKey, connectByOAuth, openStage, runToEnd, type Stage } from './scenario.ts'

const sources = (await loadDataSources({ builtin, plugins: [], baseDir: '.' })).all().map(({ source }) => source)
const withOAuth = sources.filter(({ auth }) => auth.some(({ method }) => method === 'oauth2'))

// Signs that each body format and Basic encode in their own ways.
const ownSecret = 'own/secret+of%20ours&more=1'
/** Longer than any provider's access token lives, and shorter than any refresh token. */
const DAY = 24 * 3600

describe('the built-in sources', { timeout: 90_000 }, () => {
  let stage: Stage
  let client: Client
  beforeAll(async () => {
    stage = await openStage()
    client = stage.deployment.client()
  }, 120_000)
  afterAll(() => stage?.[Symbol.asyncDispose]())

  const get = (id: string) => client.connections.get({ params: { id } })
  const read = (source: DataSource, id: string) => readSource(client, source, id, stage.sandbox.siteUrl, 8)

  /** Deletes it, and says what became of the grant at the provider. */
  async function deleted(id: string): Promise<unknown> {
    await client.connections.delete({ params: { id } })
    for await (const event of client.events.subscribe({ after: 0 }))
      if (event.type === 'connection.deleted' && event.connection_id === id) return event.data.revocation
    return expect.fail('The events ended')
  }

  it('are six, connected in seven ways', () => {
    const pairs = sources.flatMap(({ id, auth }) => auth.map(({ method }) => `${id} ${method}`))
    expect(pairs).toEqual([
      'notion api_key',
      'notion oauth2',
      'jina-reader api_key',
      'firecrawl api_key',
      'google-drive oauth2',
      'dropbox oauth2',
      'onedrive oauth2',
    ])
  })

  it("the node's Connect button only jumps to the settings page: here a run without a connection says so, is connected by a link of its own, and goes on", async () => {
    const [source] = withOAuth as [DataSource]
    const body = { data_source: source.id, operation: 'list_pages', parameters: { limit: 1 } } as const
    await expect(client.runs.create({ body })).rejects.toMatchObject({ code: 'no_default_connection' })
    const id = await connectByOAuth(client, source.id)
    expect(await runToEnd(client, body)).toMatchObject({ status: 'completed', connection_id: id })
    await client.connections.delete({ params: { id } })
  })

  it.each(sources.filter(({ auth }) => auth.some(({ method }) => method === 'api_key')))(
    '$id works by API key',
    async (source) => {
      const id = await connectByKey(client, source.id, stage.sandbox.apiKeys[source.id] as string)
      expect((await get(id)).account?.name).toBeTruthy()
      expect(await read(source, id)).toBeGreaterThan(3)
      expect(await deleted(id)).toBe('not_applicable')
    },
  )

  it.each(withOAuth)('$id works by OAuth with the default client', async (source) => {
    const id = await connectByOAuth(client, source.id)
    expect(await get(id)).toMatchObject({ status: 'active', generation: 1, client: { kind: 'default' } })
    const first = await read(source, id)
    expect(first).toBeGreaterThan(3)
    stage.sandbox.control.advance(DAY)
    expect(await read(source, id)).toBe(first)
    expect((await get(id)).generation).toBeGreaterThan(1)
    // Expired at the provider when it is deleted: what revokes by the access token needs a new one first.
    stage.sandbox.control.advance(DAY)
    expect(await deleted(id)).toBe(revocationOf(source))
  })

  it.each(withOAuth)("$id works by OAuth with a workspace's custom client, and keeps it", async (source) => {
    const own = { clientId: `custom-${source.id}`, clientSecret: ownSecret }
    const publicUrl = stage.deployment.apiUrls[0]?.replace('127.0.0.1', 'localhost')
    stage.sandbox.control.registerClient(source.id, {
      ...own,
      redirectUris: [`${publicUrl}/oauth/callback/${source.id}`],
    })
    await client.oauthClients.put({
      params: { id: source.id },
      body: { client_id: own.clientId, client_secret: own.clientSecret },
    })
    const id = await connectByOAuth(client, source.id)
    expect(await get(id)).toMatchObject({ status: 'active', client: { kind: 'custom' } })
    // The workspace goes back to the default client: this connection stays with the client that minted it.
    await client.oauthClients.delete({ params: { id: source.id } })
    stage.sandbox.control.advance(DAY)
    expect(await read(source, id)).toBeGreaterThan(3)
    expect(await get(id)).toMatchObject({ status: 'active', client: { kind: 'custom' } })
    expect((await get(id)).generation).toBeGreaterThan(1)
  })

  it.each(withOAuth)(
    '$id asks for a new authorization when the person ended the grant at the provider',
    async (source) => {
      const id = await connectByOAuth(client, source.id)
      stage.sandbox.control.revokeGrant(source.id)
      stage.sandbox.control.advance(DAY)
      await expect(read(source, id)).rejects.toThrow()
      await until(async () => (await get(id)).status === 'needs_reauthorization', `${source.id} says so`)
    },
  )

  it('leave no secret of any of them in what was stored or logged', async () => {
    const secrets = [...Object.values(stage.sandbox.apiKeys), ownSecret]
    for (const { id, method, status } of (await client.connections.list()).items)
      if (method === 'oauth2' && status === 'active')
        secrets.push((await client.connections.credentials({ params: { id }, body: {} })).access_token)
    // A key for each source that takes one, the custom secret, and a token of each OAuth source at least.
    expect(secrets.length).toBeGreaterThanOrEqual(3 + 1 + withOAuth.length)
    const sql = postgres(stage.deployment.databaseUrl, { max: 1, onnotice: () => {} })
    const places = new Map([...(await dumpDatabase(sql)), ['the logs', stage.deployment.output()] as const])
    await sql.end()
    for (const [place, text] of places) {
      // Of a URL that is good by itself.
      expect(text.includes('tempauth='), `whether ${place} has a download URL`).toBe(false)
      for (const [at, secret] of secrets.entries())
        expect(text.includes(secret), `whether ${place} has secret ${at}`).toBe(false)
    }
  })
})

function revocationOf(source: DataSource): string {
  const oauth = source.auth.find((spec) => spec.method === 'oauth2')
  return oauth?.method === 'oauth2' && oauth.revoke ? 'revoked' : 'unsupported'
}
