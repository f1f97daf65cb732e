/** What is counted of refreshes that nothing came of, each by its own name, and of token calls that were held back. */
import { createEgress, loadDataSources } from '@wellhead/plugin-host'
import { startOAuthServer } from '@wellhead/testkit/oauth-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTokenClient } from '../src/oauth/token-client.ts'
import { observedEgress } from '../src/telemetry/observed-egress.ts'
import { observedTokens } from '../src/telemetry/observed-tokens.ts'
import { createTally } from '../src/telemetry/tally.ts'
import { itemsSource } from './items.ts'
import { inSeconds, type OAuthHouse, openOAuthHouse, past, until } from './oauth-house.ts'

/** The value of the line that begins so; 0 when there is none. */
function sampleOf(text: string, start: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${start} `))
  return line === undefined ? 0 : Number(line.slice(start.length + 1))
}

describe('a refresh', () => {
  let house: OAuthHouse
  beforeAll(async () => {
    house = await openOAuthHouse({ items: {} }, { timings: { callerWaitMs: 300, sweepMs: 60_000 } })
  })
  afterAll(() => house?.[Symbol.asyncDispose]())

  const counted = async (start: string) => sampleOf(await house.engine.health.tally(), start)
  const ended = (trigger: string, outcome: string) =>
    counted(`wellhead_refreshes_total{data_source="items",trigger="${trigger}",outcome="${outcome}"}`)
  const left = () => counted('wellhead_refresh_lease_wait_seconds_count{outcome="left"}')

  it('that another process has under way is `busy`, and its wait ends without the lease', async () => {
    const { id } = await house.connect('items')
    await house.change(id, { leaseHolder: 'elsewhere', leaseUntil: inSeconds(30), refreshAt: past })
    const before = await left()
    await house.enqueue('connection.refresh', [{ connectionId: id, seenGeneration: 1 }])
    expect(await ended('on_demand', 'busy')).toBe(1)
    await house.enqueue('connection.refresh_due', [{ connectionIds: [id] }])
    expect(await ended('background', 'busy')).toBe(1)
    expect((await left()) - before).toBe(2)
  })

  it('whose answer is there already is `already_newer`, or `as_before` when it is an end', async () => {
    const { id } = await house.connect('items')
    expect((await house.refresh(id)).generation).toBe(2)
    await house.enqueue('connection.refresh', [{ connectionId: id, seenGeneration: 1 }])
    expect(await ended('on_demand', 'already_newer')).toBe(1)
    house.server('items').removeGrant(house.grant('items'))
    expect((await house.refresh(id)).status).toBe('needs_reauthorization')
    expect(await ended('forced', 'revoked')).toBe(1)
    await house.enqueue('connection.refresh', [{ connectionId: id, seenGeneration: 2 }])
    expect(await ended('on_demand', 'as_before')).toBe(1)
    expect(await ended('on_demand', 'revoked')).toBe(0)
  })

  it('of a connection that is gone is an `error` of no data source', async () => {
    await house.enqueue('connection.refresh', [{ connectionId: 'con_gone', seenGeneration: 1 }])
    expect(await counted('wellhead_refreshes_total{data_source="unknown",trigger="on_demand",outcome="error"}')).toBe(1)
  })

  it('before its time has no lag, and one that is late has it', async () => {
    const { id } = await house.connect('items')
    const lag = () => counted('wellhead_refresh_lag_seconds_count{trigger="on_demand"}')
    const before = await lag()
    await house.enqueue('connection.refresh', [{ connectionId: id, seenGeneration: 1 }])
    await until(async () => (await house.row(id)).generation === 2, 'it is refreshed')
    expect(await lag()).toBe(before)
    await house.change(id, { refreshAt: past })
    await house.enqueue('connection.refresh', [{ connectionId: id, seenGeneration: 2 }])
    await until(async () => (await house.row(id)).generation === 3, 'it is refreshed')
    expect(await lag()).toBe(before + 1)
  })
})

describe('a request that goes out', () => {
  const egress = createEgress({ allow: ['127.0.0.0/8'] })
  afterAll(() => egress.close())

  it('is `held_back` when it was too late to send it, and its outcome else', async () => {
    await using server = await startOAuthServer()
    const { load, auth: spec } = itemsSource('items', { issuer: server.issuer })
    const registry = await loadDataSources({ builtin: { items: load }, plugins: [], baseDir: import.meta.dirname })
    const tally = createTally(registry)
    const tokens = observedTokens(createTokenClient(egress), registry, tally)
    const request = (refreshToken: string, beforeSend?: () => void) =>
      tokens.request({
        spec,
        url: server.endpoints.token,
        client: server.client,
        grant: { type: 'refresh_token', refreshToken },
        timeoutMs: 5_000,
        ...(beforeSend ? { beforeSend } : {}),
      })
    const late = () => {
      throw new Error('too late')
    }
    expect(await request('never-sent', late)).toMatchObject({ kind: 'not_sent' })
    expect(server.requests()).toEqual([])
    await request(server.mint().refreshToken as string)
    await request('unknown')
    server.fault({ kind: 'reset' })
    await request(server.mint().refreshToken as string)
    const text = await tally.text()
    const calls = (outcome: string) =>
      sampleOf(
        text,
        `wellhead_token_request_duration_seconds_count{data_source="items",grant="refresh_token",outcome="${outcome}"}`,
      )
    expect(['held_back', 'refreshed', 'revoked', 'unknown_outcome'].map(calls)).toEqual([1, 1, 1, 1])
  })

  it('of a data source has `no_answer` when there is none, and the source is `unknown` when it is not installed', async () => {
    const tally = createTally({ get: () => undefined })
    const observed = observedEgress(egress, 'gone', tally)
    await expect(observed.fetch('http://10.0.0.1/secret-path?token=secret')).rejects.toMatchObject({
      code: 'egress_denied',
    })
    const text = await tally.text()
    const start = 'wellhead_provider_request_duration_seconds_count{data_source="unknown",status="no_answer"}'
    expect(sampleOf(text, start)).toBe(1)
    expect(text).not.toContain('secret')
  })
})
