/**
 * What is left after a worker was killed, or the queue emptied, at the worst moment: every piece of work comes to its end by
 * another worker, or to a named state that says what happened.
 */
import { describeWithRedis, type TestRedis } from '@wellhead/test-services'
import { Redis } from 'ioredis'
import postgres from 'postgres'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createPerson } from '../src/start/person.ts'
import { until } from './processes.ts'
import { connectByKey, connectByOAuth, openStage, outcome, type Stage, tokenRequests } from './scenario.ts'

function killsAndLosses(queue: () => TestRedis | undefined) {
  let stage: Stage
  let sql: postgres.Sql

  beforeAll(async () => {
    const redis = queue()
    stage = await openStage({
      workers: 1,
      ...(redis ? { queueUrl: redis.url, env: { WELLHEAD_QUEUE_PREFIX: redis.prefix } } : {}),
    })
    sql = postgres(stage.deployment.databaseUrl, { max: 1, onnotice: () => {} })
  }, 120_000)
  afterAll(async () => {
    await sql?.end()
    await stage?.[Symbol.asyncDispose]()
  })
  afterEach(() => {
    stage.sandbox.control.clearFaults()
    stage.sandbox.control.settings('notion', { refreshReuse: 'reject' })
  })

  const client = () => stage.deployment.client()
  const asked = (provider: string, match: string) =>
    stage.sandbox.control.requests(provider).filter(({ method, path }) => `${method} ${path}`.includes(match)).length

  /** Holds the next such request at the provider, does `act`, and waits until the request has arrived there. */
  async function heldAt(
    provider: string,
    match: string,
    act: () => Promise<unknown>,
    processed = false,
  ): Promise<void> {
    const before = asked(provider, match)
    stage.sandbox.control.fault({ provider, match, kind: 'slow', delayMs: 20_000, processed })
    void act().catch(() => {})
    await until(async () => asked(provider, match) > before, `${provider} is asked for ${match}`)
  }

  async function replaceWorker(): Promise<void> {
    const worker = stage.deployment.workers.at(-1)
    await worker?.kill('SIGKILL')
    stage.sandbox.control.clearFaults()
    await stage.deployment.startWorker()
  }

  /** Everything that the queue holds is gone. */
  async function emptyQueue(): Promise<void> {
    const redis = queue()
    if (!redis) {
      const tables = await sql`select tablename from pg_tables where schemaname = 'bullmq' and tablename like '%job%'`
      for (const { tablename } of tables) await sql`truncate ${sql('bullmq')}.${sql(tablename as string)} cascade`
      return
    }
    const connection = new Redis(redis.url)
    for await (const keys of connection.scanStream({ match: `{${redis.prefix}}*` }))
      if ((keys as string[]).length > 0) await connection.del(keys as string[])
    connection.disconnect()
  }

  const someKey = () => stage.sandbox.apiKeys.notion as string
  const connection = (id: string) => client().connections.get({ params: { id } })

  it('a validation goes on after its worker was killed', async () => {
    await heldAt('notion', 'GET /v1/users/me', () =>
      client().connections.create({
        body: { data_source: 'notion', api_key: someKey(), name: 'killed while pending' },
      }),
    )
    await replaceWorker()
    const found = await until(
      async () => (await client().connections.list()).items.find(({ name }) => name === 'killed while pending'),
      'the connection is there',
    )
    await until(async () => (await connection(found.id)).status === 'active', 'it became active')
  })

  it('an authorization whose code may have been used ends by name, and the next attempt works', async () => {
    const { id, connect_url: url } = await client().authorizations.create({ body: { data_source: 'notion' } })
    await heldAt('notion', 'POST /v1/oauth/token', () => createPerson().giveAccess(url), true)
    await replaceWorker()
    expect(await outcome(client(), id)).toMatchObject({
      status: 'failed',
      error: { code: 'authorization_outcome_unknown' },
    })
    expect((await connection(await connectByOAuth(client(), 'notion'))).status).toBe('active')
  })

  it('an authorization whose tokens were sealed goes on where it stopped', async () => {
    const { id, connect_url: url } = await client().authorizations.create({ body: { data_source: 'notion' } })
    const before = tokenRequests(stage.sandbox)
    await heldAt('notion', 'GET /v1/users/me', () => createPerson().giveAccess(url))
    await replaceWorker()
    expect(await outcome(client(), id)).toMatchObject({ status: 'completed' })
    expect(tokenRequests(stage.sandbox) - before).toBe(1)
  })

  it('a refresh that was never processed is sent again once the token is dead, and keeps the grant', async () => {
    stage.sandbox.control.settings('notion', { refreshReuse: 'kill_family' })
    const id = await connectByOAuth(client(), 'notion')
    await heldAt('notion', 'POST /v1/oauth/token', () =>
      client().connections.credentials({ params: { id }, body: { rejected_generation: 1 } }),
    )
    await replaceWorker()
    const answer = await until(
      () =>
        client()
          .connections.credentials({ params: { id }, body: {} })
          .catch(() => undefined),
      'a token is given again',
    )
    expect(answer.generation).toBe(2)
    expect((await connection(id)).status).toBe('active')
  })

  it('a refresh that was processed and whose answer is lost ends by name, after one replay and no third sending', async () => {
    stage.sandbox.control.settings('notion', { refreshReuse: 'kill_family' })
    const id = await connectByOAuth(client(), 'notion')
    const before = tokenRequests(stage.sandbox)
    await heldAt(
      'notion',
      'POST /v1/oauth/token',
      () => client().connections.credentials({ params: { id }, body: { rejected_generation: 1 } }),
      true,
    )
    await replaceWorker()
    await until(async () => (await connection(id)).status === 'needs_reauthorization', 'the loss has a name')
    expect(tokenRequests(stage.sandbox) - before).toBe(2)
  })

  it('a run goes on after its worker was killed, and writes nothing twice', async () => {
    const id = await connectByKey(client(), 'notion', someKey())
    const run = await client().runs.create({
      body: { data_source: 'notion', connection_id: id, operation: 'list_pages' },
    })
    await until(async () => (await client().runs.get({ params: { id: run.id } })).document_count > 0, 'it has begun')
    await stage.deployment.workers.at(-1)?.kill('SIGKILL')
    await stage.deployment.startWorker()
    const ended = await until(async () => {
      const now = await client().runs.get({ params: { id: run.id } })
      return now.finished_at !== null && now
    }, 'it ends')
    expect(ended.status).toBe('completed')
    const rows =
      await sql`select count(*)::int as count, count(distinct external_id)::int as distinct from documents where run_id = ${run.id}`
    expect(rows[0]?.count).toBe(ended.document_count)
    expect(rows[0]?.distinct).toBe(ended.document_count)
  })

  it('a crawl that is taken up again does not start a second job at the provider', async () => {
    const id = await connectByKey(client(), 'firecrawl', stage.sandbox.apiKeys.firecrawl as string)
    const before = asked('firecrawl', 'POST /v2/crawl')
    await heldAt('firecrawl', 'GET /v2/crawl/', () =>
      client().runs.create({
        body: {
          data_source: 'firecrawl',
          connection_id: id,
          operation: 'crawl',
          parameters: { url: stage.sandbox.siteUrl, limit: 5 },
        },
      }),
    )
    await replaceWorker()
    const run = await until(async () => {
      const [newest] = (await client().runs.list({ query: { connection_id: id } })).items
      return newest?.finished_at !== null && newest
    }, 'the crawl ends')
    expect(run).toMatchObject({ status: 'completed', error: null })
    expect(asked('firecrawl', 'POST /v2/crawl') - before).toBe(1)
  })

  it('work comes to its end although the queue was emptied', async () => {
    const worker = stage.deployment.workers.at(-1)
    await worker?.kill('SIGTERM')
    const { id } = await client().connections.create({
      body: { data_source: 'notion', api_key: someKey(), name: 'while nobody works' },
    })
    await emptyQueue()
    await stage.deployment.startWorker()
    await until(async () => (await connection(id)).status === 'active', 'the connection is validated')
    const run = await client().runs.create({
      body: { data_source: 'notion', connection_id: id, operation: 'list_pages' },
    })
    await emptyQueue()
    const ended = await until(async () => {
      const now = await client().runs.get({ params: { id: run.id } })
      return now.finished_at !== null && now
    }, 'the run ends')
    expect(ended.status).toBe('completed')
  })

  it('a worker that is told to stop finishes what it has, and ends with code 0', async () => {
    const worker = stage.deployment.workers.at(-1)
    expect(await worker?.kill('SIGTERM')).toBe(0)
    expect(worker?.output()).toContain('the worker has ended')
    await stage.deployment.startWorker()
  })
}

describe('kills and losses on PostgreSQL', { timeout: 60_000 }, () => killsAndLosses(() => undefined))
describeWithRedis('kills and losses on Redis', (redis) => killsAndLosses(() => redis))
