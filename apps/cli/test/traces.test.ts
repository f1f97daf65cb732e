/** One trace over processes: from a request to the API, through the queue, to what the worker asks of the provider. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describeWithRedis, type TestRedis } from '@wellhead/test-services'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CollectedSpan, type Collector, startCollector } from './collector.ts'
import { until } from './processes.ts'
import { connectByOAuth, openStage, runToEnd, type Stage } from './scenario.ts'

const CLIENT = 3

function traced(queue: () => TestRedis | undefined) {
  let stage: Stage
  let collector: Collector
  let relay: Relay
  let sql: postgres.Sql
  let connectionId: string

  beforeAll(async () => {
    const redis = queue()
    collector = await startCollector()
    stage = await openStage({
      ...(redis ? { queueUrl: redis.url } : {}),
      env: { ...collector.env, ...(redis ? { WELLHEAD_QUEUE_PREFIX: redis.prefix } : {}) },
      async dataSources(_publicUrl, sandbox) {
        const { api = '', token = '', ...others } = sandbox.endpoints.notion ?? {}
        relay = await startRelay(new URL(api).origin)
        const through = (url: string) => url.replace(new URL(url).origin, relay.url)
        return {
          notion: {
            endpoints: { ...others, api: through(api), token: through(token) },
            oauthClient: sandbox.oauthClients.notion,
          },
        }
      },
    })
    sql = postgres(stage.deployment.databaseUrl, { max: 1, onnotice: () => {} })
    connectionId = await connectByOAuth(stage.deployment.client(), 'notion')
  }, 120_000)
  afterAll(async () => {
    await sql?.end()
    await stage?.[Symbol.asyncDispose]()
    await relay?.[Symbol.asyncDispose]()
    await collector?.[Symbol.asyncDispose]()
  })

  /** Sends it as a part of a trace of ours, and resolves with that trace once this span of it has arrived. */
  async function trace(path: string, body: unknown, traceId: string, last: string): Promise<Family> {
    const traceparent = `00-${traceId}-${CALLER}-01`
    const response = await fetch(stage.deployment.apiUrls[0] + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${stage.deployment.token}`,
        'content-type': 'application/json',
        traceparent,
      },
      body: JSON.stringify(body),
    })
    expect(response.ok).toBe(true)
    return until(async () => {
      const spans = collector.spans().filter((span) => span.traceId === traceId)
      const names = new Set(spans.map(({ name }) => name))
      return names.has(last) && [...names].some((name) => name.startsWith('POST /v1/')) && familyOf(spans)
    }, `${last} arrives`)
  }

  it('follows a read of a credential to the token request', async () => {
    await sql`update credentials set issued_at = now() - interval '1 hour', expires_at = now() - interval '1 second' where connection_id = ${connectionId}`
    const spans = await trace(`/v1/connections/${connectionId}/credentials`, {}, 'a'.repeat(32), 'connection.refresh')
    const token = spans.one('token request')
    expect(spans.lineOf(token)).toEqual([
      'wellhead-worker token request',
      'wellhead-worker refresh',
      'wellhead-worker connection.refresh',
      'wellhead-api enqueue connection.refresh',
      'wellhead-api POST /v1/connections/:id/credentials',
      CALLER,
    ])
    const sandboxed = new URL(relay.url)
    expect(token.kind).toBe(CLIENT)
    expect(token.attributes).toEqual({
      'wellhead.data_source': 'notion',
      'wellhead.grant_type': 'refresh_token',
      'wellhead.outcome': 'refreshed',
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'server.address': sandboxed.hostname,
      'server.port': Number(sandboxed.port),
    })
    const [refresh, wait, write] = [spans.one('refresh'), spans.one('refresh lease wait'), spans.one('refresh write')]
    expect(refresh.attributes).toEqual({
      'wellhead.connection.id': connectionId,
      'wellhead.data_source': 'notion',
      'wellhead.refresh.trigger': 'on_demand',
      'wellhead.outcome': 'refreshed',
    })
    expect([wait.parentSpanId, write.parentSpanId]).toEqual([refresh.spanId, refresh.spanId])
    // A span's start is told in whole milliseconds, its end is not.
    expect(Math.floor(wait.endedAt)).toBeLessThanOrEqual(token.startedAt)
    expect(Math.floor(token.endedAt)).toBeLessThanOrEqual(write.startedAt)
    expect(spans.one('POST /v1/connections/:id/credentials').attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/v1/connections/:id/credentials',
      'http.response.status_code': 200,
    })
  })

  it('follows a run through its preflight to the requests at the provider', async () => {
    const body = { data_source: 'notion', connection_id: connectionId, operation: 'list_pages' }
    const spans = await trace('/v1/runs', body, 'b'.repeat(32), 'run.execute')
    const above = ['wellhead-api enqueue run.execute', 'wellhead-api POST /v1/runs', CALLER]
    expect(spans.lineOf(spans.one('connection.preflight'))).toEqual(['wellhead-worker connection.preflight', ...above])
    const requests = spans.all('provider request')
    expect(requests.length).toBeGreaterThan(0)
    for (const request of requests) {
      expect(spans.lineOf(request)).toEqual([
        'wellhead-worker provider request',
        'wellhead-worker run.execute',
        ...above,
      ])
      expect(request.attributes).toMatchObject({
        'wellhead.data_source': 'notion',
        'http.response.status_code': 200,
        'server.address': '127.0.0.1',
      })
      expect(request.endedAt).toBeGreaterThanOrEqual(request.startedAt)
    }
  })

  it('begins a trace of its own where the caller names none, or one that cannot be read', async () => {
    for (const traceparent of [
      '00-xyz',
      `00-${'0'.repeat(32)}-${CALLER}-01`,
      `00-${'c'.repeat(32)}-${CALLER}-01-more`,
    ]) {
      await fetch(`${stage.deployment.apiUrls[0]}/v1/data-sources`, {
        headers: { authorization: `Bearer ${stage.deployment.token}`, traceparent },
      })
    }
    const begun = await until(async () => {
      const found = collector.spans().filter(({ name }) => name === 'GET /v1/data-sources')
      return found.length >= 3 && found
    }, 'they arrive')
    expect(begun.every(({ parentSpanId }) => parentSpanId === undefined)).toBe(true)
  })

  it('tells what is listed, and to the provider nothing of a trace', async () => {
    await runToEnd(stage.deployment.client(), { data_source: 'notion', operation: 'list_pages' })
    expect(relay.seen.length).toBeGreaterThan(2)
    for (const headers of relay.seen)
      for (const name of ['traceparent', 'tracestate', 'baggage']) expect(headers).not.toHaveProperty(name)
    const told = new Map<string, Set<string | number>>()
    for (const { attributes } of collector.spans())
      for (const [name, value] of Object.entries(attributes)) told.set(name, (told.get(name) ?? new Set()).add(value))
    for (const [name, values] of told)
      for (const value of values) expect(`${value}`, name).toMatch(allowed[name] ?? /^$/)
    expect(told.get('http.route')).toContain('/oauth/callback/:dataSource')
  })
}

/** The span of ours that the requests are a part of. */
const CALLER = 'c0ffee0000c0ffee'

/** Every attribute that there is, and what its values look like. */
const allowed: Readonly<Record<string, RegExp>> = {
  'wellhead.connection.id': /^con_\w+$/,
  'wellhead.run.id': /^run_\w+$/,
  'wellhead.authorization.id': /^auth_\w+$/,
  'wellhead.data_source': /^notion$/,
  'wellhead.refresh.trigger': /^(on_demand|background|forced)$/,
  'wellhead.grant_type': /^(authorization_code|refresh_token)$/,
  'wellhead.outcome': /^(held|left|refreshed|as_before|already_newer|busy)$/,
  'wellhead.queue': /^(interactive|refresh-on-demand|refresh-background|runs)$/,
  'http.route': /^\/(v1|connect|oauth)(\/(:\w+|[a-z-]+))+$/,
  'http.request.method': /^(GET|POST)$/,
  'http.response.status_code': /^[1-5]\d\d$/,
  'server.address': /^127\.0\.0\.1$/,
  'server.port': /^\d+$/,
}

interface Family {
  all(name: string): readonly CollectedSpan[]
  one(name: string): CollectedSpan
  /** Itself and its ancestors, up to the one that no process of ours has. */
  lineOf(span: CollectedSpan): string[]
}

function familyOf(spans: readonly CollectedSpan[]): Family {
  const all = (name: string) => spans.filter((span) => span.name === name)
  const lineOf = (span: CollectedSpan): string[] => {
    const parent = spans.find(({ spanId }) => spanId === span.parentSpanId)
    return [`${span.service} ${span.name}`, ...(parent ? lineOf(parent) : [String(span.parentSpanId)])]
  }
  return {
    all,
    lineOf,
    one(name) {
      const found = all(name)
      expect(found, name).toHaveLength(1)
      return found[0] as CollectedSpan
    },
  }
}

interface Relay extends AsyncDisposable {
  readonly url: string
  readonly seen: readonly IncomingHttpHeaders[]
}

/** Passes on what a provider is asked, and keeps the headers. */
async function startRelay(target: string): Promise<Relay> {
  const seen: IncomingHttpHeaders[] = []
  const server = createServer(async (request, response) => {
    seen.push(request.headers)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { host: _, connection: __, 'content-length': ___, 'transfer-encoding': ____, ...headers } = request.headers
    const answer = await fetch(target + request.url, {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
      redirect: 'manual',
    })
    const body = Buffer.from(await answer.arrayBuffer())
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('traces with the queue on PostgreSQL', () => traced(() => undefined))
describeWithRedis('traces with the queue on Redis', (redis) => traced(() => redis))
