import { describe, expect, it } from 'vitest'
import { onedrive } from '../src/index.ts'
import { errors } from './error-facts.ts'

function judged(status: number, body: unknown, headers: Record<string, string> = {}) {
  const isText = typeof body === 'string'
  const text = isText ? body : JSON.stringify(body ?? '')
  return onedrive.toError({ status, headers: new Headers(headers), text, json: isText ? undefined : body })
}

/** The same answer with every code in another case. */
function flipped(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      name === 'code' && typeof each === 'string' ? each.toUpperCase() : flipped(each),
    ]),
  )
}

describe('an unsuccessful answer', () => {
  it.each(errors)('$status means $code in whatever case it is said', ({ status, body, headers, code }) => {
    expect(judged(status, flipped(body), headers).code).toBe(code)
  })

  it('says how long to wait, in seconds or as a date', () => {
    expect(judged(429, '', { 'retry-after': '41' })).toMatchObject({ code: 'rate_limited', retryAfterMs: 41_000 })
    const date = new Date(Date.now() + 90_000).toUTCString()
    expect(judged(503, '', { 'retry-after': date }).retryAfterMs).toBeGreaterThan(80_000)
    expect(judged(500, '', { 'retry-after': '7' })).toMatchObject({ code: 'provider_unavailable', retryAfterMs: 7_000 })
    expect(judged(404, '', { 'retry-after': '7' }).retryAfterMs).toBeUndefined()
  })

  it('repeats what OneDrive says about a request, never a token', () => {
    const message = 'Bad filter; saw Bearer abc.def, eyJ0eXAi.x.y, EwBabc and tempauth=v1.zzz'
    const error = judged(400, { error: { code: 'invalidRequest', message } })
    expect(error.message).toContain('Bad filter')
    expect(error.message).not.toMatch(/abc|eyJ0|zzz/)
  })

  it('reads inner errors to a depth, however deep they are', () => {
    let inner: object = { code: 'malwareDetected' }
    for (let depth = 0; depth < 3; depth++) inner = { code: 'accessDenied', innererror: inner }
    expect(judged(403, { error: inner }).code).toBe('content_unavailable')
    for (let depth = 0; depth < 500; depth++) inner = { innerError: inner }
    expect(judged(403, { error: inner }).code).toBe('provider_unavailable')
  })
})

describe('the facts', () => {
  const [auth] = onedrive.auth

  it('know a granted scope by any of its names', () => {
    for (const granted of [
      ['Files.Read', 'User.Read', 'profile', 'openid', 'email'],
      ['https://graph.microsoft.com/files.read', 'https://graph.microsoft.com/User.Read'],
      ['HTTPS://GRAPH.MICROSOFT.COM/FILES.READ', 'user.read'],
    ])
      expect(auth.scopes.filter((scope) => !auth.isGranted(scope, granted))).toEqual([])
    expect(auth.isGranted('Files.Read', ['Files.ReadWrite', 'https://example.com/Files.Read'])).toBe(false)
    expect(auth.isGranted('User.Read', [])).toBe(false)
  })

  it('ask for the least, and for what a refresh token comes with', () => {
    expect(auth.scopes).toEqual(['Files.Read', 'User.Read', 'offline_access'])
    expect(auth).toMatchObject({ rotation: 'rotates', replay: { kind: 'safe' }, pkce: true, clientAuth: 'post' })
    expect(auth.revoke).toBeUndefined()
    expect(auth.keepAliveSeconds).toBeLessThan(90 * 24 * 3600)
    expect(onedrive.pace()).toEqual({ parallel: 4 })
  })

  it('name the folder of a node', () => {
    expect(onedrive.parameters.parse({ folder: ' 01A ' })).toEqual({ folder: '01A' })
    expect(onedrive.parameters.parse({})).toEqual({})
  })
})
