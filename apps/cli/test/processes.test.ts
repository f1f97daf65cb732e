/** The same API and worker as separate processes, two of each, on both queues. */
import { describeWithRedis, type TestRedis } from '@wellhead/test-services'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectByKey, connectByOAuth, openStage, runToEnd, type Stage, tokenRequests } from './scenario.ts'

function twoOfEach(queue: () => TestRedis | undefined) {
  let stage: Stage
  let sql: postgres.Sql

  beforeAll(async () => {
    const redis = queue()
    stage = await openStage({
      apis: 2,
      workers: 2,
      ...(redis ? { queueUrl: redis.url, env: { WELLHEAD_QUEUE_PREFIX: redis.prefix } } : {}),
    })
    sql = postgres(stage.deployment.databaseUrl, { max: 1, onnotice: () => {} })
  }, 120_000)
  afterAll(async () => {
    await sql?.end()
    await stage?.[Symbol.asyncDispose]()
  })

  it('connects by key through one API and reads through the other', async () => {
    const id = await connectByKey(stage.deployment.client(0), 'notion', stage.sandbox.apiKeys.notion as string)
    const run = await runToEnd(stage.deployment.client(1), {
      data_source: 'notion',
      connection_id: id,
      operation: 'list_pages',
    })
    expect(run).toMatchObject({ status: 'completed', error: null })
    expect(run.document_count).toBeGreaterThan(10)
  })

  it('crawls with progress', async () => {
    const id = await connectByKey(stage.deployment.client(1), 'firecrawl', stage.sandbox.apiKeys.firecrawl as string)
    const run = await runToEnd(stage.deployment.client(0), {
      data_source: 'firecrawl',
      connection_id: id,
      operation: 'crawl',
      parameters: { url: stage.sandbox.siteUrl, limit: 8 },
    })
    expect(run).toMatchObject({ status: 'completed', error: null })
    expect(run.document_count).toBeGreaterThanOrEqual(5)
  })

  it('answers 200 callers at expiry with one token request, over two APIs and two workers', async () => {
    const id = await connectByOAuth(stage.deployment.client(0), 'notion')
    // Its time has come: as if the provider had said an expiry that has now passed.
    await sql`update credentials set issued_at = now() - interval '1 hour', expires_at = now() - interval '1 second' where connection_id = ${id}`
    const before = tokenRequests(stage.sandbox)
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, caller) =>
        stage.deployment.client(caller % 2).connections.credentials({ params: { id }, body: {} }),
      ),
    )
    expect(tokenRequests(stage.sandbox) - before).toBe(1)
    expect(new Set(answers.map((answer) => answer.access_token)).size).toBe(1)
    expect(answers.every((answer) => answer.generation === 2)).toBe(true)
    const audited =
      await sql`select count(*)::int as count from audit_entries where action = 'credential.read' and subject = ${id}`
    expect(audited[0]?.count).toBe(200)
  })

  it("takes a caller's 401 as the reason to refresh, once", async () => {
    const client = stage.deployment.client(0)
    const id = await connectByOAuth(client, 'notion')
    const { generation } = await client.connections.credentials({ params: { id }, body: {} })
    const before = tokenRequests(stage.sandbox)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        client.connections.credentials({ params: { id }, body: { rejected_generation: generation } }),
      ),
    )
    expect(answers.every((answer) => answer.generation === generation + 1)).toBe(true)
    // Whoever names a generation that is not the newest is given the newest.
    const late = await client.connections.credentials({ params: { id }, body: { rejected_generation: generation } })
    expect(late.generation).toBe(generation + 1)
    expect(tokenRequests(stage.sandbox) - before).toBe(1)
  })
}

describe('two APIs and two workers on PostgreSQL', () => twoOfEach(() => undefined))
describeWithRedis('two APIs and two workers on Redis', (redis) => twoOfEach(() => redis))
