/** What may come between a token request and its answer: a lease that ends, another grant, a deletion. */
import { walkConsent } from '@wellhead/testkit/oauth-server'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eq, sql } from '../src/db/query.ts'
import { schema } from '../src/index.ts'
import { type OAuthHouse, openOAuthHouse, past, until } from './oauth-house.ts'

let house: OAuthHouse
const { connections } = schema

beforeAll(async () => {
  house = await openOAuthHouse({ items: {}, lonely: {}, norevoke: { auth: { revoke: undefined as never } } })
})
afterAll(() => house?.[Symbol.asyncDispose]())
afterEach(() => house.server('items').clearFaults())

const server = () => house.server('items')
const gone = (id: string) => until(async () => (await house.status(id)) === 'gone', 'the connection is erased')

/** A refresh whose answer is on its way: the provider has issued the new pair already. */
async function underWay(input: { account?: string } = {}) {
  const { id } = await house.connect('items', input)
  const grant = house.grant('items')
  server().fault({ kind: 'delay', answerDelayMs: 600, grantType: 'refresh_token' })
  await house.change(id, { refreshAt: past })
  await until(async () => server().counters(grant).refreshes === 1, 'the pair is issued')
  return { id, grant }
}

/** Whether the access token that we serve is the newest one of the grant. */
async function works(id: string) {
  const { accessToken } = await house.token(id)
  const me = await fetch(`${server().endpoints.api}/me`, { headers: { authorization: `Bearer ${accessToken}` } })
  await me.body?.cancel()
  return me.status === 200
}

describe('a late answer', () => {
  it('is stored although the lease is gone, and lifts what was set meanwhile', async () => {
    const { id } = await underWay()
    await house.change(id, { leaseHolder: 'somebody else', leaseUntil: past, refreshAt: null })
    await house.engine.db.update(connections).set({ status: 'needs_reauthorization' }).where(eq(connections.id, id))
    await until(async () => (await house.row(id)).generation === 2, 'the late answer is stored')
    expect(await house.status(id)).toBe('active')
    expect((await house.events(id)).slice(-2)).toEqual(['recovered', 'refreshed'])
    expect(await works(id)).toBe(true)
    // The lease of the other one was not given back by us.
    expect((await house.row(id)).leaseHolder).toBe('somebody else')
    await house.change(id, { leaseHolder: null, leaseUntil: null })
    expect((await house.refresh(id)).generation).toBe(3)
    expect(server().counters()).toMatchObject({ destroyed: 0 })
  })

  it('does not undo the pair of a newer authorization', async () => {
    const { id } = await underWay()
    server().fault({ kind: 'delay', grantType: 'authorization_code' })
    await house.authorize('items', { connectionId: id })
    const newest = await house.row(id)
    expect(newest.generation).toBe(2)
    await until(async () => (await house.row(id)).leaseHolder === null, 'the refresh has ended')
    const row = await house.row(id)
    expect(row.sealed).toEqual(newest.sealed)
    expect(row).toMatchObject({ generation: 2, intentGeneration: null, lastOutcome: 'refreshed' })
    expect(await works(id)).toBe(true)
  })

  it('of a failed attempt takes back no other one’s intent', async () => {
    const { id } = await house.connect('items')
    const grant = house.grant('items')
    server().fault({ kind: 'status', status: 503, answerDelayMs: 500 })
    await house.change(id, { refreshAt: past })
    await until(async () => server().counters(grant).tokenRequests === 2, 'the request is under way')
    // The lease ran out and another process began attempt 2; it has no outcome yet.
    await house.change(id, { leaseHolder: 'somebody else', intentAttempt: 2, refreshAt: null })
    await until(async () => (await house.row(id)).lastOutcome === 'provider_down', 'the first one failed')
    expect(await house.row(id)).toMatchObject({ intentGeneration: 1, intentAttempt: 2 })
  })
})

describe('a lock with a 10 s TTL around a call without a timeout; released without an owner check; after waiting, going ahead without the lock: a process that was paused', () => {
  it('past its lease sends nothing, and begins anew', async () => {
    await using paused = await openOAuthHouse({ items: {} }, { timings: { leaseMs: 2_000, tokenCallMs: 1_500 } })
    const { id } = await paused.connect('items')
    let done: Promise<void> | undefined
    await paused.engine.db.transaction(async (tx) => {
      await tx.execute(sql`select 1 from credentials where connection_id = ${id} for update`)
      done = paused.enqueue('connection.refresh', [{ connectionId: id, seenGeneration: 1 }])
      await until(async () => {
        const waiting = await paused.engine.db.execute(
          sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'update "credentials" set %"lease_holder" = %'`,
        )
        return waiting.length > 0
      }, 'the lease is being taken')
      // Longer than the lease leaves room for a call.
      await tx.execute(sql`select pg_sleep(0.6)`)
    })
    await done
    expect((await paused.row(id)).generation).toBe(2)
    expect((await paused.row(id)).intentAttempt).toBe(2)
    expect(paused.server('items').counters()).toMatchObject({ tokenRequests: 2, refreshes: 1, destroyed: 0 })
  })
})

describe("a crash between the provider's answer and the write loses the grant, unnoticed: an intent without an outcome", () => {
  it('of a process that is alive is joined and not called a risk', async () => {
    const { id, grant } = await underWay()
    expect((await house.row(id)).intentGeneration).toBe(1)
    expect((await house.refresh(id)).generation).toBe(2)
    expect(server().counters(grant)).toMatchObject({ refreshes: 1, replays: 0, destroyed: 0 })
  })

  it('of a process that died is an unknown outcome, also after a restart', async () => {
    const { id } = await house.connect('items')
    await house.change(id, { intentGeneration: 1, intentAttempt: 1, intentAt: past, refreshAt: past })
    await until(async () => (await house.row(id)).lastOutcome === 'unknown_outcome', 'somebody looked')
    expect(server().counters(house.grant('items'))).toMatchObject({ tokenRequests: 1 })
    expect(await house.status(id)).toBe('degraded')
    await expect(house.refresh(id)).rejects.toMatchObject({ code: 'refresh_would_risk_grant' })
  })
})

describe('an unusable answer with a new refresh token', () => {
  it('loses neither the grant nor the truth about the access token', async () => {
    const { id } = await house.connect('items')
    const grant = house.grant('items')
    server().fault({ kind: 'answer', drop: ['access_token'], grantType: 'refresh_token' })
    // The caller's token was refused, so the former access token must not come back as the answer.
    await expect(house.token(id, { rejectedGeneration: 1 })).rejects.toMatchObject({ code: 'refresh_failed' })
    expect(await house.row(id)).toMatchObject({ generation: 2, lastOutcome: 'invalid_answer', failures: 1 })
    expect(await house.status(id)).toBe('degraded')
    await until(async () => (await house.row(id)).generation === 3, 'the next refresh works')
    expect(await works(id)).toBe(true)
    expect(server().counters(grant)).toMatchObject({ refreshes: 2, replays: 0, destroyed: 0 })
    expect(await house.events(id)).toEqual(['created', 'degraded', 'recovered', 'refreshed'])
  })
})

describe('delete never revokes; a deleted credential silently means "no credentials": a deletion', () => {
  it('during a refresh ends the pair that comes back', async () => {
    const { id, grant } = await underWay({ account: 'acc-ben' })
    await house.engine.connections.delete(house.owner, id)
    await expect(house.token(id)).rejects.toMatchObject({ code: 'connection_deleting' })
    await gone(id)
    expect(ended(grant)).toBe('revoked')
    expect(server().counters(grant)).toMatchObject({ refreshes: 1, destroyed: 0 })
    expect((await house.events(id)).at(-1)).toBe('deleted')
  })

  it('does not end the grant that a sibling lives on, and the last one does', async () => {
    const first = await house.connect('items', { account: 'acc-ben' })
    const grant = house.grant('items')
    const second = await house.connect('items', { account: 'acc-ben' })
    await house.engine.connections.delete(house.owner, first.id)
    await gone(first.id)
    expect(ended(grant)).toBeNull()
    expect(await revocation(first.id)).toBe('kept_for_sibling')
    expect(await works(second.id)).toBe(true)
    await house.engine.connections.delete(house.owner, second.id)
    await gone(second.id)
    expect(await revocation(second.id)).toBe('revoked')
  })

  it('records what the provider did not do', async () => {
    const { id } = await house.connect('items', { account: 'acc-ben' })
    server().fault({ kind: 'status', status: 500, endpoint: 'revoke' })
    await house.engine.connections.delete(house.owner, id)
    await gone(id)
    expect(await revocation(id)).toBe('failed')
    const other = await house.connect('norevoke')
    await house.engine.connections.delete(house.owner, other.id)
    await gone(other.id)
    expect(await revocation(other.id)).toBe('unsupported')
  })

  it('gives back what an authorization brings for a connection that is gone', async () => {
    const { id } = await house.connect('lonely')
    const lonely = house.server('lonely')
    const attempt = await house.begin('lonely', { connectionId: id })
    const url = await walkConsent(attempt.location)
    const sent = lonely.counters().tokenRequests
    lonely.fault({ kind: 'delay', answerDelayMs: 400, grantType: 'authorization_code' })
    await house.callback('lonely', url, attempt.cookies)
    await until(async () => lonely.counters().tokenRequests > sent, 'the code is sent')
    await house.engine.connections.delete(house.owner, id)
    await gone(id)
    await until(async () => lonely.grants().every((grant) => grant.ended === 'revoked'), 'both grants end')
    expect(lonely.grants()).toHaveLength(2)
    await expect(house.engine.authorizations.get(house.owner, attempt.id)).rejects.toMatchObject({
      code: 'authorization_not_found',
    })
  })
})

function ended(grant: string) {
  return server()
    .grants()
    .find((one) => one.id === grant)?.ended
}

async function revocation(id: string): Promise<unknown> {
  const rows = await house.engine.db.select().from(schema.events).where(eq(schema.events.connectionId, id))
  return rows.find(({ type }) => type === 'connection.deleted')?.data.revocation
}
