/**
 * The canary: unique secrets go through every flow, good and bad; afterwards they are searched in everything that was
 * stored, queued, logged and answered. Only the audited credentials call may show one.
 */
import { fileURLToPath } from 'node:url'
import { type Client, ProblemError } from '@wellhead/client'
import { describeWithRedis, type TestRedis } from '@wellhead/test-services'
import { type OAuthServer, startOAuthServer } from '@wellhead/testkit/oauth-server'
import postgres from 'postgres'
import { describe, expect, it } from 'vitest'
import { createPerson } from '../src/start/person.ts'
import { startCollector } from './collector.ts'
import { dumpDatabase, watchRedis } from './dump.ts'
import { metricsUrl, until } from './processes.ts'
import { connectByKey, openStage, outcome, runToEnd } from './scenario.ts'

const handbook = fileURLToPath(new URL('../../../examples/datasource-handbook/src/index.ts', import.meta.url))

function canary(redis: TestRedis | undefined) {
  it('finds no secret where none belongs', { timeout: 300_000 }, async () => {
    const secrets = {
      'client secret': 'canary-client-secret-4f1d9a7be2',
      'custom client secret': 'canary-custom-secret-83c0aa51d6',
      'wrong API key': 'canary-wrong-key-5ce29b7710f3',
    }
    const clientOf = (clientId: string, clientSecret: string, publicUrl: string) => ({
      clientId,
      clientSecret,
      redirectUris: [`${publicUrl}/oauth/callback/handbook`],
    })
    let server: OAuthServer | undefined
    await using collector = await startCollector()
    await using stage = await openStage({
      workers: 0,
      plugins: [handbook],
      ...(redis ? { queueUrl: redis.url } : {}),
      env: {
        ...collector.env,
        WELLHEAD_METRICS_PORT: '0',
        ...(redis ? { WELLHEAD_QUEUE_PREFIX: redis.prefix } : {}),
      },
      async dataSources(publicUrl) {
        server = await startOAuthServer({
          expiresIn: 300,
          scopes: ['handbook.read'],
          clients: [
            clientOf('default', secrets['client secret'], publicUrl),
            clientOf('custom', secrets['custom client secret'], publicUrl),
          ],
        })
        return {
          handbook: {
            endpoints: server.endpoints,
            oauthClient: { clientId: 'default', clientSecret: secrets['client secret'] },
          },
        }
      },
    })
    await using provider = server as unknown as OAuthServer
    const { deployment, sandbox } = stage
    const client = deployment.client()
    const sql = postgres(deployment.databaseUrl, { max: 1, onnotice: () => {} })
    const watch = redis && (await watchRedis(redis.url))
    const answers: unknown[] = []
    const keep = async <Value>(answer: Promise<Value>): Promise<Value> => {
      try {
        const value = await answer
        answers.push(value)
        return value
      } catch (error) {
        if (error instanceof ProblemError) answers.push(error, error.message, error.details)
        throw error
      }
    }
    const dumps: Map<string, string>[] = []

    // With no worker the work waits in the queue, payloads and all.
    const waiting = client.connections.create({
      body: { data_source: 'notion', api_key: sandbox.apiKeys.notion as string },
    })
    const attempt = await keep(client.authorizations.create({ body: { data_source: 'handbook' } }))
    await createPerson().giveAccess(attempt.connect_url)
    await keep(waiting)
    dumps.push(await dumpDatabase(sql))
    await deployment.startWorker()
    const { connection_id: first } = await keep(outcome(client, attempt.id))
    const connectionId = first as string

    await keep(
      client.oauthClients.put({
        params: { id: 'handbook' },
        body: { client_id: 'custom', client_secret: secrets['custom client secret'] },
      }),
    )
    const second = await keep(
      client.authorizations.create({ body: { data_source: 'handbook', name: 'By a custom client' } }),
    )
    await createPerson().giveAccess(second.connect_url)
    const custom = (await keep(outcome(client, second.id))).connection_id as string

    await keep(
      client.connections.create({ body: { data_source: 'firecrawl', api_key: secrets['wrong API key'] } }),
    ).catch(() => {})
    const key = await connectByKey(client, 'firecrawl', sandbox.apiKeys.firecrawl as string)
    await keep(client.connections.update({ params: { id: key }, body: { name: 'Renamed' } }))

    // The provider's own words are hostile: its errors and pages repeat what they were sent.
    const leaked = provider
      .issued()
      .map(({ token }) => token)
      .join(' ')
    provider.fault({ kind: 'status', status: 503, body: { error: leaked, error_description: leaked } })
    const credentials = await client.connections.credentials({ params: { id: connectionId }, body: {} })
    await keep(client.connections.refresh({ params: { id: connectionId }, body: {} })).catch(() => {})
    await until(async () => {
      const now = await client.connections
        .credentials({ params: { id: connectionId }, body: { rejected_generation: credentials.generation } })
        .catch(() => undefined)
      return now !== undefined && now.generation > credentials.generation
    }, 'it is refreshed')
    provider.fault({ kind: 'status', endpoint: 'api', status: 500, body: leaked, times: 2 })

    for (const body of [
      { data_source: 'handbook', connection_id: connectionId, operation: 'list_pages' as const },
      {
        data_source: 'handbook',
        connection_id: custom,
        operation: 'read_pages' as const,
        parameters: { pages: [{ id: 'item-1' }, { id: 'gone' }] },
      },
      {
        data_source: 'firecrawl',
        connection_id: key,
        operation: 'crawl' as const,
        parameters: { url: sandbox.siteUrl, limit: 4 },
      },
      { data_source: 'notion', operation: 'list_pages' as const },
    ]) {
      const run = await keep(runToEnd(client, body))
      answers.push(await client.runs.documents({ params: { id: run.id } }))
    }

    // The grant is removed at the provider: the end has a name and no secret in it.
    provider.removeGrant()
    await keep(client.connections.refresh({ params: { id: custom }, body: {} })).catch(() => {})
    await until(
      async () => (await client.connections.get({ params: { id: custom } })).status === 'needs_reauthorization',
      'the end is seen',
    )
    answers.push(
      (await client.connections.list()).items,
      await client.runs.list(),
      await client.audit.list(),
      await client.dataSources.list(),
    )
    const counted = await (await fetch(`${deployment.apiUrls[0]}/metrics`)).text()
    const countedByWorker = await (await fetch(metricsUrl(deployment.workers[0]))).text()
    answers.push(await everyEvent(client))
    await client.connections.delete({ params: { id: connectionId } })
    await until(
      async () => (await client.connections.list()).items.every(({ id }) => id !== connectionId),
      'it is erased',
    )
    dumps.push(await dumpDatabase(sql))
    const queued = watch ? await watch.dump() : ''
    watch?.close()
    await sql.end()

    await until(async () => collector.spans().some(({ name }) => name === 'connection.erase'), 'the traces arrive')
    const issued = provider.issued()
    expect(new Set(issued.map(({ kind }) => kind))).toEqual(new Set(['code', 'access_token', 'refresh_token']))
    const searched = new Map<string, string>([
      ['the logs', deployment.output()],
      ['the answers', JSON.stringify(answers)],
      ['Redis', queued],
      ['the traces', collector.received()],
      ['the metrics', counted],
      ["the worker's metrics", countedByWorker],
      ...dumps.flatMap((dump, index) =>
        [...dump].map(([table, text]): [string, string] => [`dump ${index + 1}: ${table}`, text]),
      ),
    ])
    // What is searched is really there.
    expect(searched.get('the logs')).toContain('"msg":"request"')
    expect(searched.get('dump 2: public.connections')).toContain('Renamed')
    expect(searched.get('the traces')).toContain('/oauth/callback/:dataSource')
    expect(searched.get("the worker's metrics")).toContain('outcome="revoked"')
    if (watch) expect(queued).toContain('connection.validate')
    const wanted: [string, string][] = [
      ...Object.entries(secrets),
      ['Notion key', sandbox.apiKeys.notion as string],
      ['Firecrawl key', sandbox.apiKeys.firecrawl as string],
      ...issued.map(({ kind, token }): [string, string] => [kind, token]),
    ]
    const found = [...searched].flatMap(([where, text]) =>
      wanted.filter(([, secret]) => holds(text, secret)).map(([what]) => `${what} in ${where}`),
    )
    expect(found).toEqual([])
    // The PKCE verifier is 80 hexadecimal digits, and nothing else that long is.
    for (const [where, text] of searched) expect(text, where).not.toMatch(/(?<![0-9a-f])[0-9a-f]{80}(?![0-9a-f])/)
  })
}

/** As it is, and as it would stand in a header, a URL or a body. */
function holds(text: string, secret: string): boolean {
  return [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
  ].some((form) => text.includes(form))
}

async function everyEvent(client: Client): Promise<unknown[]> {
  const events: unknown[] = []
  const controller = new AbortController()
  for await (const event of client.events.subscribe({ after: 0, signal: controller.signal })) {
    events.push(event)
    if (event.type === 'connection.needs_reauthorization') break
  }
  controller.abort()
  return events
}

describe('secrets on PostgreSQL', () => canary(undefined))
describeWithRedis('secrets on Redis', (redis) => canary(redis))
