import { allowedOrigins, loadDataSources } from '@wellhead/plugin-host'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { firecrawl } from '../src/index.ts'
import { connect } from './connect.ts'
import { failure, startScriptedFirecrawl } from './scripted-firecrawl.ts'

const judged = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  firecrawl.toError({
    status,
    headers: new Headers(headers),
    text: typeof body === 'string' ? body : JSON.stringify(body),
    json: typeof body === 'string' ? undefined : body,
  })
const said = (error: string, more: object = {}) => ({ success: false, error, ...more })

it('is a data source that the host accepts', async () => {
  const registry = await loadDataSources({
    builtin: { firecrawl: () => import('../src/index.ts') },
    plugins: [],
    baseDir: import.meta.dirname,
  })
  expect(registry.get('firecrawl')?.source).toBe(firecrawl)
})

it('labels every parameter and setting, also as JSON Schema', () => {
  for (const schema of [firecrawl.parameters, firecrawl.settings]) {
    const { properties } = z.toJSONSchema(schema, { io: 'input' })
    for (const property of Object.values(properties ?? {})) {
      expect(property).toMatchObject({ title: expect.any(String), description: expect.any(String) })
    }
  }
  expect(Object.keys(firecrawl.parameters.shape)).toEqual([
    'url',
    'crawl_subpages',
    'limit',
    'max_depth',
    'include_paths',
    'exclude_paths',
    'only_main_content',
  ])
})

it('gives the key to the base URL alone, when there is one', () => {
  const hosted = { source: firecrawl, endpoints: firecrawl.endpoints, from: 'builtin', sandbox: false }
  expect([...allowedOrigins(hosted, {})]).toEqual(['https://api.firecrawl.dev'])
  expect([...allowedOrigins(hosted, { baseUrl: 'https://fc.acme.example/crawler/' })]).toEqual([
    'https://fc.acme.example',
  ])
})

it.each(['ftp://fc.test', 'fc.test', 'https://me:secret@fc.test', 'https://fc.test?x=1', 'https://fc.test#x'])(
  'refuses the base URL %s',
  (baseUrl) => {
    expect(firecrawl.settings.safeParse({ baseUrl }).success).toBe(false)
  },
)

describe('whose key it is', () => {
  const usage = { body: { success: true, data: { remainingCredits: 1000, planCredits: 500_000 } } }

  it('is asked for without spending a credit, and says nothing of the key', async () => {
    await using server = await startScriptedFirecrawl(() => usage)
    const account = await firecrawl.identify(connect(server.origin, { key: 'fc-abcdef' }))
    const host = new URL(server.origin).host
    expect(account).toEqual({
      accountId: `api-key@${host}`,
      grantKey: `api-key@${host}`,
      name: `Firecrawl (${host})`,
      avatarUrl: null,
    })
    expect(server.asked).toMatchObject([{ method: 'GET', path: '/v2/team/credit-usage' }])
    expect(server.asked[0]?.headers.authorization).toBe('Bearer fc-abcdef')
  })

  it('goes to the base URL, below its path', async () => {
    await using server = await startScriptedFirecrawl(() => usage)
    const settings = { baseUrl: `${server.origin}/crawler/` }
    await firecrawl.identify(connect('https://api.firecrawl.dev', { settings }))
    expect(server.asked[0]?.path).toBe('/crawler/v2/team/credit-usage')
  })

  it('cannot be told by a server that lacks the route, and is accepted', async () => {
    await using server = await startScriptedFirecrawl(() => ({ status: 404, body: 'Cannot GET /v2/team/credit-usage' }))
    await expect(firecrawl.identify(connect(server.origin))).resolves.toMatchObject({ avatarUrl: null })
  })

  it('is unauthorized for a wrong key, and never passes for a page that is none of the API', async () => {
    await using refusing = await startScriptedFirecrawl(() => failure(401, 'Unauthorized: Invalid token'))
    await expect(firecrawl.identify(connect(refusing.origin))).rejects.toMatchObject({ code: 'unauthorized' })
    await using other = await startScriptedFirecrawl(() => ({ body: '<html>Welcome</html>' }))
    await expect(firecrawl.identify(connect(other.origin))).rejects.toMatchObject({ code: 'invalid_response' })
  })
})

describe('an unsuccessful answer', () => {
  it.each([
    [400, said('Unrecognized key in body'), 'invalid_request'],
    [401, said('Unauthorized: Invalid token'), 'unauthorized'],
    [402, said('Insufficient credits to perform this request.'), 'quota_exhausted'],
    [403, said('Request blocked: this API key is restricted to other endpoints'), 'missing_scope'],
    [403, said('This website is not supported'), 'content_unavailable'],
    [403, '<html>Attention Required!</html>', 'provider_unavailable'],
    [404, said('Job expired'), 'cursor_expired'],
    [404, said('Job not found'), 'not_found'],
    [408, said('Request timed out', { code: 'SCRAPE_TIMEOUT' }), 'provider_unavailable'],
    [409, said('Idempotency key already used'), 'invalid_request'],
    [413, '', 'invalid_request'],
    [422, said('No.'), 'invalid_request'],
    [429, said('Rate limit exceeded.'), 'rate_limited'],
    [500, said('An unexpected error occurred on the server.', { code: 'UNKNOWN_ERROR' }), 'provider_unavailable'],
    [502, '', 'provider_unavailable'],
    [503, null, 'provider_unavailable'],
    [504, [], 'provider_unavailable'],
  ])('%i %j means %s', (status, body, code) => {
    expect(judged(status, body)).toMatchObject({ code, status })
  })

  it('says how long to wait, in the header or in its text', () => {
    const text = said('Rate limit exceeded. Consumed (req/min): 11. Upgrade or please retry after 32s, resets at …')
    expect(judged(429, text).retryAfterMs).toBe(32_000)
    expect(judged(429, text, { 'retry-after': '7' }).retryAfterMs).toBe(7_000)
    expect(judged(429, said('Slow down')).retryAfterMs).toBeUndefined()
  })

  it('repeats what Firecrawl says of a request, never a key', () => {
    const error = judged(400, said('Bad key fc-0123abcd in body.limit; Bearer fc-99'))
    expect(error.message).toContain('body.limit')
    expect(error.message).not.toMatch(/0123abcd|fc-99/)
  })
})
