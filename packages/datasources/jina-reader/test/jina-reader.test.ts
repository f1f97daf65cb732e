import { allowedOrigins, loadDataSources } from '@wellhead/plugin-host'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { jinaReader } from '../src/index.ts'
import { connect } from './connect.ts'
import { refusal, startServer } from './scripted-world.ts'

const judged = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  jinaReader.toError({
    status,
    headers: new Headers(headers),
    text: typeof body === 'string' ? body : JSON.stringify(body),
    json: typeof body === 'string' ? undefined : body,
  })

it('is a data source that the host accepts', async () => {
  const registry = await loadDataSources({
    builtin: { 'jina-reader': () => import('../src/index.ts') },
    plugins: [],
    baseDir: import.meta.dirname,
  })
  expect(registry.get('jina-reader')?.source).toBe(jinaReader)
})

it('labels every parameter and setting, and has the names of imported pipelines', () => {
  for (const schema of [jinaReader.parameters, jinaReader.settings]) {
    const { properties } = z.toJSONSchema(schema, { io: 'input' })
    for (const property of Object.values(properties ?? {}))
      expect(property).toMatchObject({ title: expect.any(String), description: expect.any(String) })
  }
  expect(jinaReader.parameters.parse({ url: 'https://site.test' })).toEqual({
    url: 'https://site.test',
    crawl_sub_pages: true,
    limit: 10,
    use_sitemap: true,
  })
  expect(jinaReader.aliases).toEqual(expect.arrayContaining(['jina', 'jinareader', 'jina_datasource']))
})

it.each([
  { url: 'ftp://site.test' },
  { url: 'https://me:secret@site.test' },
  { url: 'https://site.test', limit: 0 },
  { url: 'https://site.test', limit: 1_001 },
  { url: 'https://site.test', include_paths: 'blog/(' },
])('refuses the parameters %j', (parameters) => {
  expect(jinaReader.parameters.safeParse(parameters).success).toBe(false)
})

it.each([
  ['ftp://reader.test'],
  ['reader.test'],
  ['https://me:secret@reader.test'],
  ['https://reader.test?x=1'],
  ['https://reader.test#x'],
])('refuses the base URL %s', (baseUrl) => {
  expect(jinaReader.settings.safeParse({ baseUrl }).success).toBe(false)
})

it('gives the key to the base URL alone, when there is one', () => {
  const hosted = { source: jinaReader, endpoints: jinaReader.endpoints, from: 'builtin', sandbox: false }
  expect([...allowedOrigins(hosted, {})]).toEqual(['https://r.jina.ai'])
  expect([...allowedOrigins(hosted, { baseUrl: 'https://reader.acme.example/r/' })]).toEqual([
    'https://reader.acme.example',
  ])
})

it('keeps below the requests per minute of its plan', () => {
  expect(jinaReader.settings.parse({})).toEqual({ requestsPerMinute: 500 })
  expect(jinaReader.pace({ settings: {} })).toEqual({ perSecond: 8, parallel: 5 })
  expect(jinaReader.pace({ settings: { requestsPerMinute: 5_000 } }).perSecond).toBe(80)
  expect(jinaReader.pace({ settings: { requestsPerMinute: 20 } }).perSecond).toBeLessThanOrEqual(0.33)
})

describe('whose key it is', () => {
  const index = (data: object) => ({ body: { code: 200, status: 20000, data } })
  const noAccount = index({ usage1: 'https://r.jina.ai/YOUR_URL', homepage: 'https://jina.ai/reader' })

  it('is asked of the empty path, with JSON alone', async () => {
    await using server = await startServer(() => index({ authenticatedAs: '6554abc (Ada (Acme))', balanceLeft: 9 }))
    const account = await jinaReader.identify(connect(server.origin, { key: 'jina_abcdef' }))
    expect(account).toEqual({ accountId: '6554abc', grantKey: '6554abc', name: 'Ada (Acme)', avatarUrl: null })
    expect(server.asked).toMatchObject([{ method: 'GET', path: '/', headers: { accept: 'application/json' } }])
    expect(server.asked[0]?.headers.authorization).toBe('Bearer jina_abcdef')
  })

  it.each([
    ['6554abc', '6554abc', '6554abc'],
    ['6554abc ()', '6554abc', '6554abc'],
    ['somebody else', 'somebody else', 'somebody else'],
  ])('is said in another form: %s', async (authenticatedAs, accountId, name) => {
    await using server = await startServer(() => index({ authenticatedAs }))
    await expect(jinaReader.identify(connect(server.origin))).resolves.toMatchObject({ accountId, name })
  })

  it('goes to the base URL, below its path', async () => {
    await using server = await startServer(() => index({ authenticatedAs: 'a (A)' }))
    const settings = { baseUrl: `${server.origin}/reader/` }
    await jinaReader.identify(connect('https://r.jina.ai', { settings }))
    expect(server.asked[0]?.path).toBe('/reader/')
  })

  it.each([
    ['does not say it', noAccount],
    ['has no such path', { status: 404, body: 'Not found' }],
  ])('is tried by one tiny read where the server %s', async (_name, first) => {
    await using server = await startServer(({ method }) => (method === 'GET' ? first : index({ content: 'Example' })))
    const account = await jinaReader.identify(connect(server.origin, { key: 'jina_abcdef' }))
    const host = new URL(server.origin).host
    expect(account).toEqual({
      accountId: `api-key@${host}`,
      grantKey: `api-key@${host}`,
      name: `Jina Reader (${host})`,
      avatarUrl: null,
    })
    expect(server.asked).toMatchObject([
      { method: 'GET' },
      { method: 'POST', path: '/', json: { url: 'https://example.com' } },
    ])
  })

  it.each([
    ['no balance', refusal(402, 40203, 'InsufficientBalanceError')],
    ['an unreachable page', refusal(422, 42206, 'AssertionFailureError')],
    ['a page refused by policy', refusal(451, 45102, 'SecurityCompromiseError')],
  ])('is good when that read comes as far as %s', async (_name, answer) => {
    await using server = await startServer(({ method }) => (method === 'GET' ? noAccount : answer))
    await expect(jinaReader.identify(connect(server.origin))).resolves.toMatchObject({ avatarUrl: null })
  })

  it.each([
    ['unauthorized', refusal(401, 40102, 'AuthenticationFailedError')],
    ['rate_limited', refusal(429, 42903, 'RateLimitTriggeredError')],
    ['provider_unavailable', refusal(503, 50301, 'ServiceCrashedError')],
    ['invalid_response', { body: '<html>Welcome</html>' }],
  ])('cannot be told when that read is %s', async (code, answer) => {
    await using server = await startServer(({ method }) => (method === 'GET' ? noAccount : answer))
    await expect(jinaReader.identify(connect(server.origin))).rejects.toMatchObject({ code })
  })

  it('is not guessed from an answer that cannot be read', async () => {
    await using server = await startServer(() => ({ body: '[authenticatedAs] 6554abc (Ada)' }))
    await expect(jinaReader.identify(connect(server.origin))).rejects.toMatchObject({ code: 'invalid_response' })
    expect(server.asked).toHaveLength(1)
  })

  it('is not tried by a read when the key was refused', async () => {
    await using server = await startServer(() => refusal(401, 40102, 'AuthenticationFailedError'))
    await expect(jinaReader.identify(connect(server.origin))).rejects.toMatchObject({ code: 'unauthorized' })
    expect(server.asked).toHaveLength(1)
  })
})

describe('an unsuccessful answer', () => {
  it('says how long to wait: in the header as seconds or a date, or in the body', () => {
    const body = { status: 42903, name: 'RateLimitTriggeredError', message: 'Slow down', retryAfter: 32 }
    expect(judged(429, body, { 'retry-after': '7' }).retryAfterMs).toBe(7_000)
    const dated = judged(429, body, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }).retryAfterMs
    expect(dated).toBeGreaterThan(50_000)
    expect(dated).toBeLessThanOrEqual(60_000)
    expect(judged(429, body).retryAfterMs).toBe(32_000)
    expect(judged(429, { ...body, retryAfter: '1.5' }).retryAfterMs).toBe(1_500)
    for (const retryAfter of [undefined, null, 'soon', '', -1])
      expect(judged(429, { ...body, retryAfter }).retryAfterMs).toBeUndefined()
  })

  it('repeats what Jina says of a page, never a key', () => {
    const error = judged(422, { status: 42206, name: 'AssertionFailureError', message: 'No jina_0123abc; Bearer x.y' })
    expect(error.message).toContain('Jina says: No [removed]')
    expect(error.message).not.toMatch(/0123abc|x\.y/)
  })
})
