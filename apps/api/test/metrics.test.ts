/** `/metrics` after a busy hour in small: what is counted, what is open, and that each label has its closed list and nothing else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiHouse, openApiHouse, until } from './house.ts'

const scopes = [
  'connections:read',
  'connections:write',
  'credentials:read',
  'runs:read',
  'runs:write',
  'clients:write',
] as const

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
function samplesOf(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? expect.fail(line)
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((pair) => [pair[1], pair[2]])
      return { name, labels: Object.fromEntries(pairs), value: Number(value) }
    })
}

const dataSource = /^(notes|unknown)$/
const tokenOutcome =
  /^(refreshed|revoked|client_misconfigured|rate_limited|provider_down|unknown_outcome|invalid_answer|held_back)$/
const refreshOutcome = new RegExp(
  `${tokenOutcome.source}|^(already_newer|would_risk_grant|breaker_open|busy|not_refreshable|unreadable|as_before|error)$`,
)

/** Every metric with labels, and what they may be. */
const closed: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  wellhead_http_request_duration_seconds: {
    method: /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/,
    route: /^(unknown|\*|\/|(\/(:\w+|[\w.-]+))+)$/,
    status: /^[2-5]\d\d$/,
  },
  wellhead_connections: {
    status: /^(pending|active|degraded|needs_reauthorization|invalid|deleting)$/,
  },
  wellhead_breakers_open: { data_source: dataSource, client: /^(default|custom)$/ },
  wellhead_runs: { status: /^(queued|running)$/ },
  wellhead_jobs: {
    queue: /^(interactive|refresh-on-demand|refresh-background|runs)$/,
    state: /^(waiting|active|delayed|failed)$/,
  },
  wellhead_refreshes_total: {
    data_source: dataSource,
    trigger: /^(on_demand|background|forced)$/,
    outcome: refreshOutcome,
  },
  wellhead_refresh_lag_seconds: { trigger: /^(on_demand|background|forced)$/ },
  wellhead_refresh_lease_wait_seconds: { outcome: /^(held|left)$/ },
  wellhead_token_request_duration_seconds: {
    data_source: dataSource,
    grant: /^(authorization_code|refresh_token)$/,
    outcome: tokenOutcome,
  },
  wellhead_credentials_served_total: { data_source: dataSource, status: /^(active|degraded)$/ },
  wellhead_runs_total: { data_source: dataSource, status: /^(started|completed|failed|cancelled)$/ },
  wellhead_documents_written_total: { data_source: dataSource },
  wellhead_provider_request_duration_seconds: {
    data_source: dataSource,
    status: /^([2-5]xx|no_answer)$/,
  },
}

describe('the metrics after work of every kind', () => {
  let house: ApiHouse
  const read = async () => samplesOf(await (await fetch(`${house.url}/metrics`)).text())
  const total = (samples: readonly Sample[], name: string, labels: Record<string, string> = {}) =>
    samples
      .filter((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value))
      .reduce((sum, { value }) => sum + value, 0)
  const eventually = (name: string, labels: Record<string, string>, least: number) =>
    until(async () => total(await read(), name, labels) >= least, `${name} ${JSON.stringify(labels)}`)

  let connectionId: string
  beforeAll(async () => {
    house = await openApiHouse()
    const client = await house.client(scopes)
    const { provider } = house
    const { browser } = await house.signedIn()
    const connect = async () => {
      const response = await browser.json('POST', '/v1/authorizations', { data_source: 'notes' })
      const begun = (await response.json()) as { id: string; connect_url: string }
      const asked = await browser.get(begun.connect_url)
      const consented = await fetch(asked.headers.get('location') ?? '', { redirect: 'manual' })
      await browser.get(consented.headers.get('location') ?? '')
      return until(async () => {
        const now = await client.authorizations.get({ params: { id: begun.id } })
        return now.connection_id !== null && now.status === 'completed' && now.connection_id
      }, 'it is connected')
    }
    connectionId = await connect()
    const params = { id: connectionId }
    await client.connections.credentials({ params })
    await client.connections.refresh({ params })
    const { generation } = await client.connections.credentials({ params })
    await client.connections.credentials({ params, body: { rejected_generation: generation } })

    // Due and found by the sweep.
    await house.engine.db.execute(
      `update credentials set refresh_at = now() - interval '2 seconds', enqueued_until = null where connection_id = '${connectionId}'`,
    )
    await eventually('wellhead_refreshes_total', { trigger: 'background', outcome: 'refreshed' }, 1)

    const { id: key } = await client.connections.create({ body: { data_source: 'notes', api_key: provider.key } })
    const run = async (operation: 'list_pages' | 'read_pages', parameters = {}) => {
      const body = { data_source: 'notes', connection_id: key, operation, parameters }
      const { id } = await client.runs.create({ body })
      return until(async () => {
        const now = await client.runs.get({ params: { id } })
        return now.finished_at !== null && now
      }, 'the run ends')
    }
    expect((await run('list_pages')).document_count).toBe(3)
    expect((await run('read_pages', { pages: [{ id: '1' }, { id: 'gone' }] })).status).toBe('completed')
    expect((await run('read_pages', { pages: [{ id: 'gone' }] })).status).toBe('failed')
    await client.connections
      .create({ body: { data_source: 'notes', api_key: 'a-wrong-key-0123456789' } })
      .catch(() => {})

    // Last: the token endpoint goes down, and the breaker of the client opens.
    provider.tokenAnswer = 'down'
    for (let tries = 0; tries < 5; tries++) await client.connections.refresh({ params })
    await client.connections.credentials({ params })
    await client.connections.refresh({ params })
  }, 60_000)
  afterAll(() => house?.[Symbol.asyncDispose]())

  it('tell how refreshes were asked for, and how they ended', async () => {
    const samples = await read()
    const refreshes = (labels: Record<string, string>) => total(samples, 'wellhead_refreshes_total', labels)
    expect(refreshes({ data_source: 'notes', trigger: 'forced', outcome: 'refreshed' })).toBe(1)
    expect(refreshes({ trigger: 'on_demand', outcome: 'refreshed' })).toBe(1)
    expect(refreshes({ trigger: 'background', outcome: 'refreshed' })).toBe(1)
    expect(refreshes({ outcome: 'provider_down' })).toBeGreaterThanOrEqual(5)
    expect(refreshes({ outcome: 'breaker_open' })).toBeGreaterThanOrEqual(1)
    const calls = (labels: Record<string, string>) =>
      total(samples, 'wellhead_token_request_duration_seconds_count', labels)
    expect(calls({ grant: 'authorization_code', outcome: 'refreshed' })).toBe(1)
    expect(calls({ grant: 'refresh_token', outcome: 'refreshed' })).toBe(3)
    // Each that was sent has its outcome in both.
    expect(calls({ outcome: 'provider_down' })).toBe(refreshes({ outcome: 'provider_down' }))
    const lag = (name: string) => total(samples, `wellhead_refresh_lag_seconds_${name}`, { trigger: 'background' })
    expect(lag('count')).toBeGreaterThanOrEqual(1)
    expect(lag('sum')).toBeGreaterThanOrEqual(2)
    expect(total(samples, 'wellhead_refresh_lease_wait_seconds_count', { outcome: 'held' })).toBeGreaterThanOrEqual(8)
  })

  it('tell what was served, run, written and asked', async () => {
    await eventually('wellhead_runs_total', { status: 'failed' }, 1)
    const samples = await read()
    const served = (status: string) => total(samples, 'wellhead_credentials_served_total', { status })
    expect([served('active'), served('degraded')]).toEqual([3, 1])
    const runs = (status: string) => total(samples, 'wellhead_runs_total', { data_source: 'notes', status })
    expect(['started', 'completed', 'failed', 'cancelled'].map(runs)).toEqual([3, 2, 1, 0])
    // Three entries, a page, and twice that it could not be read.
    expect(total(samples, 'wellhead_documents_written_total', { data_source: 'notes' })).toBe(6)
    const asked = (status: string) => total(samples, 'wellhead_provider_request_duration_seconds_count', { status })
    expect(asked('2xx')).toBeGreaterThanOrEqual(4)
    expect(asked('4xx')).toBeGreaterThanOrEqual(3)
    expect(total(samples, 'wellhead_sweep_duration_seconds_count')).toBeGreaterThan(0)
    expect(total(samples, 'wellhead_sweep_rows_enqueued_total')).toBeGreaterThanOrEqual(1)
  })

  it('tell which breakers are open, and the connection until when and why', async () => {
    const samples = await read()
    const open = (client: string) => total(samples, 'wellhead_breakers_open', { data_source: 'notes', client })
    expect([open('default'), open('custom')]).toEqual([1, 0])
    const client = await house.client(scopes)
    const paused = await client.connections.get({ params: { id: connectionId } })
    expect(paused.refresh_pause).toEqual({ until: expect.any(String), reason: 'provider_down' })
    expect(Date.parse(paused.refresh_pause?.until ?? '')).toBeGreaterThan(Date.now())
    const { items } = await client.connections.list()
    expect(items.find(({ method }) => method === 'api_key')?.refresh_pause).toBeNull()

    // The pause is over when its time is, and when the provider is well again.
    await house.engine.db.execute(`update breakers set open_until = now() - interval '1 second'`)
    house.provider.tokenAnswer = 'good'
    expect((await client.connections.get({ params: { id: connectionId } })).refresh_pause).toBeNull()
    await until(async () => {
      await client.connections.refresh({ params: { id: connectionId } })
      return total(await read(), 'wellhead_breakers_open') === 0
    }, 'the breaker closes')
  })

  it('have closed lists for labels, and no secret', async () => {
    const text = await (await fetch(`${house.url}/metrics`)).text()
    const samples = samplesOf(text)
    const seen = new Set<string>()
    for (const { name, labels } of samples) {
      const { le: _, ...own } = labels
      if (!name.startsWith('wellhead_')) {
        // Of prom-client: the process, with what kinds of handles and memory spaces Node knows.
        expect(
          Object.keys(own).filter(
            (key) => !['type', 'kind', 'space', 'version', 'major', 'minor', 'patch'].includes(key),
          ),
        ).toEqual([])
        continue
      }
      const metric = name.replace(/_(bucket|sum|count)$/, '')
      const allowed = closed[metric] ?? {}
      expect(Object.keys(own).sort(), name).toEqual(Object.keys(allowed).sort())
      for (const [label, value] of Object.entries(own))
        expect(value, `${label} of ${name}`).toMatch(allowed[label] as RegExp)
      seen.add(metric)
    }
    // Each of the lists was put to the test.
    expect(Object.keys(closed).filter((name) => !seen.has(name))).toEqual([])
    for (const secret of [...house.provider.secrets, connectionId, house.owner.workspaceId])
      expect(text).not.toContain(secret)
  })
})
