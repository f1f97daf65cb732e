import { isRetryable } from '@wellhead/datasource-node'
import { describe, expect, it } from 'vitest'
import { notion } from '../src/index.ts'

function judged(status: number, body: unknown, headers: Record<string, string> = {}) {
  const isText = typeof body === 'string'
  return notion.toError({
    status,
    headers: new Headers(headers),
    text: isText ? body : JSON.stringify(body),
    json: isText ? undefined : body,
  })
}
const envelope = (status: number, code: string, message = '', more: object = {}) => ({
  object: 'error',
  status,
  code,
  message,
  ...more,
})

describe('an unsuccessful answer', () => {
  it.each([
    [401, 'unauthorized', 'unauthorized'],
    [403, 'restricted_resource', 'missing_scope'],
    [404, 'object_not_found', 'not_found'],
    [400, 'validation_error', 'invalid_request'],
    [400, 'invalid_request_url', 'invalid_request'],
    [400, 'missing_version', 'misconfigured'],
    [409, 'conflict_error', 'provider_unavailable'],
    [429, 'rate_limited', 'rate_limited'],
    [500, 'internal_server_error', 'provider_unavailable'],
    [503, 'service_unavailable', 'provider_unavailable'],
    [504, 'gateway_timeout', 'provider_unavailable'],
    [529, 'service_overload', 'rate_limited'],
  ])('%i %s means %s', (status, code, meaning) => {
    expect(judged(status, envelope(status, code))).toMatchObject({ code: meaning, status })
  })

  it('of 403 in HTML comes from the edge, not from the credential', () => {
    expect(judged(403, '<html>Attention Required!</html>').code).toBe('provider_unavailable')
  })

  it('of 400 on start_cursor means that the listing must start over', () => {
    const message = 'The start_cursor provided is invalid: 9f3c'
    expect(judged(400, envelope(400, 'validation_error', message)).code).toBe('cursor_expired')
  })

  it('says how long to wait, in the header or in the body', () => {
    const inBody = envelope(429, 'rate_limited', '', { additional_data: { retry_after: '49' } })
    expect(judged(429, inBody).retryAfterMs).toBe(49_000)
    expect(judged(429, inBody, { 'retry-after': '7' }).retryAfterMs).toBe(7000)
    expect(judged(529, '').retryAfterMs).toBeUndefined()
    const odd = envelope(429, 'rate_limited', '', { additional_data: { retry_after: 'soon' } })
    expect(judged(429, odd).retryAfterMs).toBeUndefined()
  })

  it('of a blocked connection is not retried', () => {
    const facts = { rate_limit_reason: 'public_api_request_blocked' }
    const error = judged(429, envelope(429, 'rate_limited', '', { additional_data: facts }))
    expect(isRetryable(error)).toBe(false)
  })

  it('repeats what Notion says about a request, never a token', () => {
    const error = judged(
      400,
      envelope(400, 'validation_error', 'body.sorts is wrong; saw Bearer ntn_abc123, ntn_def456'),
    )
    expect(error.message).toContain('body.sorts is wrong')
    expect(error.message).not.toMatch(/abc123|def456/)
  })
})
