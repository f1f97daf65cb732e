/** The database goes away while an answer is on its way that the provider gives only once. */
import { walkConsent } from '@wellhead/testkit/oauth-server'
import postgres from 'postgres'
import { describe, expect, it } from 'vitest'
import { type OAuthHouse, openOAuthHouse, past, until } from './oauth-house.ts'

/** As far as the engine can tell, the database is away: every statement on this table fails. */
async function takeAway(house: OAuthHouse, table: 'credentials' | 'authorizations') {
  const sql = postgres(house.databaseUrl, { max: 1, onnotice: () => {} })
  await sql.unsafe(`alter table ${table} rename to ${table}_away`)
  return {
    failedWrites: () =>
      house.logs.filter((entry) => JSON.stringify(entry).includes('an answer in hand could not be written')).length,
    async giveBack() {
      await sql.unsafe(`alter table ${table}_away rename to ${table}`)
      await sql.end()
    },
  }
}

describe('an answer in hand', () => {
  it('of a refresh is written when the database is back, and a drain waits for it', async () => {
    await using house = await openOAuthHouse({ items: {} })
    const { id } = await house.connect('items')
    const grant = house.grant('items')
    house.server('items').fault({ kind: 'delay', answerDelayMs: 300 })
    await house.change(id, { refreshAt: past })
    await until(async () => house.server('items').counters(grant).refreshes === 1, 'the pair is issued')
    const away = await takeAway(house, 'credentials')
    await until(async () => away.failedWrites() > 1, 'it was tried more than once')
    let isDrained = false
    const drained = house.drain().then(() => {
      isDrained = true
    })
    const tries = away.failedWrites()
    await until(async () => away.failedWrites() > tries, 'it is tried while the process wants to end')
    expect(isDrained).toBe(false)
    await away.giveBack()
    await drained
    expect(await house.row(id)).toMatchObject({ generation: 2, intentGeneration: null, lastOutcome: 'refreshed' })
    expect(house.server('items').counters(grant)).toMatchObject({ refreshes: 1, replays: 0, destroyed: 0 })
  })

  it('of an exchange is sealed when the database is back, and the code is sent once', async () => {
    await using house = await openOAuthHouse({ items: {} })
    const attempt = await house.begin('items')
    const back = await walkConsent(attempt.location)
    house.server('items').fault({ kind: 'delay', answerDelayMs: 300 })
    await house.callback('items', back, attempt.cookies)
    await until(async () => house.server('items').counters().tokenRequests === 1, 'the code is sent')
    const away = await takeAway(house, 'authorizations')
    await until(async () => away.failedWrites() > 1, 'it was tried more than once')
    await away.giveBack()
    expect(await house.ended(attempt.id)).toMatchObject({ status: 'completed' })
    expect(house.server('items').counters()).toMatchObject({ tokenRequests: 1 })
  })
})
