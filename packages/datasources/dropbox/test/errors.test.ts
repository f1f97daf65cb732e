import { isRetryable } from '@wellhead/datasource-node'
import { describe, expect, it } from 'vitest'
import { dropbox } from '../src/index.ts'

function judged(status: number, body: unknown, headers: Record<string, string> = {}) {
  const isText = typeof body === 'string'
  return dropbox.toError({
    status,
    headers: new Headers(headers),
    text: isText ? body : JSON.stringify(body),
    json: isText ? undefined : body,
  })
}
/** `path/not_found` as Dropbox nests it. */
const envelope = (summary: string, more: object = {}) => {
  const [tag = '', inside] = summary.split('/')
  const error = { '.tag': tag, ...(inside ? { [tag]: { '.tag': inside } } : {}), ...more }
  return { error_summary: `${summary}/...`, error }
}
const said = (name: string, why: string) => `Error in call to API function "${name}": ${why}`

describe('an unsuccessful answer', () => {
  it.each([
    [401, 'expired_access_token', 'unauthorized'],
    [401, 'invalid_access_token', 'unauthorized'],
    [401, 'user_suspended', 'unauthorized'],
    [401, 'missing_scope', 'missing_scope'],
    [401, 'route_access_denied', 'misconfigured'],
    [401, 'invalid_select_user', 'misconfigured'],
    [403, 'invalid_account_type/endpoint', 'missing_scope'],
    [403, 'paper_access_denied/not_paper_user', 'content_unavailable'],
    [409, 'path/not_found', 'not_found'],
    [409, 'path/not_file', 'invalid_request'],
    [409, 'path/not_folder', 'invalid_request'],
    [409, 'path/malformed_path', 'invalid_request'],
    [409, 'path/restricted_content', 'content_unavailable'],
    [409, 'path/unsupported_content_type', 'content_unavailable'],
    [409, 'path/locked', 'content_unavailable'],
    [409, 'reset', 'cursor_expired'],
    [409, 'unsupported_file', 'content_unavailable'],
    [409, 'non_exportable', 'content_unavailable'],
    [409, 'invalid_export_format', 'content_unavailable'],
    [409, 'retry_error', 'provider_unavailable'],
    [409, 'something_new', 'invalid_request'],
    [422, 'invalid_root', 'invalid_request'],
    [422, 'no_permission', 'missing_scope'],
    [500, 'other', 'provider_unavailable'],
    [503, 'other', 'provider_unavailable'],
  ])('of %i %s means %s', (status, summary, code) => {
    expect(judged(status, envelope(summary))).toMatchObject({ code, status })
  })

  it.each([
    ['The given OAuth 2 access token is malformed.', 'unauthorized'],
    ['Invalid authorization value in HTTP header "Authorization".', 'unauthorized'],
    [
      "Your app (ID: 1) is not permitted to access this endpoint because it does not have the required scope 'files.metadata.read'.",
      'missing_scope',
    ],
    ['Invalid "cursor" parameter', 'cursor_expired'],
    ['request body: path: did not match pattern', 'invalid_request'],
  ])('of 400 in plain text is read: %s', (why, code) => {
    expect(judged(400, said('files/list_folder', why))).toMatchObject({ code, status: 400 })
  })

  it('is told apart by all of its tags, not by its summary', () => {
    const other = {
      error_summary: 'path/not_found/..',
      error: { '.tag': 'path', path: { '.tag': 'restricted_content' } },
    }
    expect(judged(409, other).code).toBe('content_unavailable')
  })

  it('of 403 in HTML comes from something in front, not from the account', () => {
    expect(judged(403, '<html>blocked</html>').code).toBe('provider_unavailable')
  })

  it('says how long to wait, in the header, in the body, or not at all', () => {
    const error = { reason: { '.tag': 'too_many_requests' }, retry_after: 15 }
    const body = { error_summary: 'too_many_requests/..', error }
    expect(judged(429, body)).toMatchObject({ code: 'rate_limited', retryAfterMs: 15_000 })
    expect(judged(429, body, { 'retry-after': '7' }).retryAfterMs).toBe(7000)
    const plain = judged(429, 'Your app is making too many requests.', { 'retry-after': '3' })
    expect(plain).toMatchObject({ code: 'rate_limited', retryAfterMs: 3000 })
    expect(judged(429, 'Too many requests.').retryAfterMs).toBeUndefined()
  })

  it('names the scope that is missing', () => {
    const { message } = judged(401, envelope('missing_scope', { required_scope: 'files.content.read' }))
    expect(message).toContain('files.content.read')
  })

  it('of a moved root is not asked again by itself', () => {
    expect(isRetryable(judged(422, envelope('invalid_root')))).toBe(false)
  })

  it('repeats what Dropbox says about a request, never a token', () => {
    const { message } = judged(400, said('files/get_metadata', 'saw Bearer sl.u.AFsecret-1 and sl.AFsecret-2'))
    expect(message).toContain('files/get_metadata')
    expect(message).not.toContain('AFsecret')
  })
})

describe('a dead token', () => {
  const { isUnauthorized } = dropbox.auth[0]
  const ask = (status: number, json: unknown) => isUnauthorized({ status, headers: new Headers(), json })

  it.each(['expired_access_token', 'invalid_access_token'])('is one that is said to be: %s', (tag) => {
    expect(ask(401, envelope(tag))).toBe(true)
  })

  it.each(['missing_scope', 'user_suspended', 'route_access_denied'])('is none that is refused for %s', (tag) => {
    expect(ask(401, envelope(tag))).toBe(false)
  })

  it('is none that a page in front refuses, or that another status does', () => {
    expect(ask(401, undefined)).toBe(false)
    expect(ask(409, envelope('expired_access_token'))).toBe(false)
  })
})
