import { oauth2 } from '@wellhead/datasource-node'
import { describe, expect, it } from 'vitest'
import { judge } from './judge.ts'
import type { TokenAnswer } from './token-client.ts'

const spec = oauth2({
  scopes: ['read'],
  consent: '',
  registrationUrl: 'https://example.test',
  clientAuth: 'basic',
  rotation: 'rotates',
  replay: { kind: 'unknown' },
})

const answered = (status: number, json?: unknown, headers: Record<string, string> = {}): TokenAnswer => ({
  kind: 'answered',
  status,
  headers: new Headers(headers),
  json,
})
const good = { access_token: 'at', refresh_token: 'rt', token_type: 'Bearer', expires_in: 300 }

describe('a token answer', () => {
  it('gives new tokens, and nothing secret beside them', () => {
    const judgement = judge(spec, answered(200, { ...good, scope: 'read write', id_token: 'jwt', workspace_id: 'w1' }))
    expect(judgement).toEqual({
      outcome: 'refreshed',
      tokens: {
        accessToken: 'at',
        refreshToken: 'rt',
        lifetimeSeconds: 300,
        scopes: ['read', 'write'],
        info: { token_type: 'Bearer', expires_in: 300, scope: 'read write', workspace_id: 'w1' },
      },
    })
  })

  it.each([
    ['missing', undefined],
    ['null', null],
    ['zero', 0],
    ['a part of a second', 0.5],
    ['negative', -5],
    ['a word', 'soon'],
    ['empty', ''],
  ])('with an expires_in that is %s has the lifetime that the spec assumes, never "for ever"', (_, expires) => {
    const assumed = { ...spec, assumedLifetimeSeconds: 1234 }
    const judgement = judge(assumed, answered(200, { ...good, expires_in: expires }))
    expect(judgement).toMatchObject({ tokens: { lifetimeSeconds: 1234 } })
    expect(judge(spec, answered(200, { ...good, expires_in: expires }))).toMatchObject({
      tokens: { lifetimeSeconds: null },
    })
  })

  it.each([
    ['a string', '300', 300],
    ['huge', 1e15, 365 * 24 * 3600],
  ])('takes an expires_in that is %s', (_, expires, seconds) => {
    expect(judge(spec, answered(200, { ...good, expires_in: expires }))).toMatchObject({
      tokens: { lifetimeSeconds: seconds },
    })
  })

  it('without a refresh token keeps the old one', () => {
    expect(judge(spec, answered(200, { access_token: 'at', token_type: 'bearer' }))).toMatchObject({
      outcome: 'refreshed',
      tokens: { refreshToken: null },
    })
  })

  it('keeps a new refresh token although the rest is unusable: the old one is spent', () => {
    expect(judge(spec, answered(200, { ...good, token_type: 'mac' }))).toMatchObject({
      outcome: 'invalid_answer',
      refreshToken: 'rt',
    })
    expect(judge(spec, answered(200, { refresh_token: 'rt' }))).toMatchObject({ outcome: 'invalid_answer' })
  })

  it.each([
    ['never sent', { kind: 'not_sent', reason: 'egress_dns' } as TokenAnswer, 'provider_down'],
    ['lost', { kind: 'lost', reason: 'egress_reset' } as TokenAnswer, 'unknown_outcome'],
    ['invalid_grant', answered(400, { error: 'invalid_grant' }), 'revoked'],
    ['invalid_grant with status 200', answered(200, { error: 'invalid_grant' }), 'revoked'],
    ['invalid_client', answered(401, { error: 'invalid_client' }), 'client_misconfigured'],
    ['unauthorized_client', answered(400, { error: 'unauthorized_client' }), 'client_misconfigured'],
    ['invalid_request', answered(400, { error: 'invalid_request' }), 'client_misconfigured'],
    ['a redirect', answered(302), 'client_misconfigured'],
    ['not found', answered(404), 'client_misconfigured'],
    ['429', answered(429), 'rate_limited'],
    ['503', answered(503), 'provider_down'],
    ['503 with an OAuth error', answered(503, { error: 'temporarily_unavailable' }), 'provider_down'],
    ['500', answered(500), 'unknown_outcome'],
    ['500 that says invalid_grant', answered(500, { error: 'invalid_grant' }), 'unknown_outcome'],
    ['502', answered(502), 'unknown_outcome'],
    ['504', answered(504), 'unknown_outcome'],
    ['a firewall page', answered(403), 'provider_down'],
    ['a 200 that is not JSON', answered(200), 'unknown_outcome'],
    ['a 200 that is a list', answered(200, []), 'unknown_outcome'],
    ['a 200 with neither token', answered(200, { token_type: 'bearer' }), 'unknown_outcome'],
  ])('that is %s is %s', (_, answer, outcome) => {
    expect(judge(spec, answer as TokenAnswer).outcome).toBe(outcome)
  })

  it('obeys Retry-After', () => {
    expect(judge(spec, answered(429, undefined, { 'retry-after': '7' }))).toMatchObject({ retryAfterMs: 7_000 })
    expect(judge(spec, answered(503, undefined, { 'retry-after': '9' }))).toMatchObject({ retryAfterMs: 9_000 })
  })

  it('means what the spec says of an error that RFC 6749 does not know', () => {
    const own = { ...spec, tokenErrors: { interaction_required: 'revoked', invalid_grant: 'rate_limited' } as const }
    expect(judge(own, answered(400, { error: 'interaction_required' })).outcome).toBe('revoked')
    expect(judge(own, answered(400, { error: 'invalid_grant' })).outcome).toBe('rate_limited')
  })

  it("never repeats the provider's own text", () => {
    const judgement = judge(spec, answered(400, { error: 'rt-secret leaked <b>', error_description: 'rt-secret' }))
    expect(JSON.stringify(judgement)).not.toContain('secret')
  })
})
