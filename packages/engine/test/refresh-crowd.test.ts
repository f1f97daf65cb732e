/** Many who wait at one provider, in the way of nobody at another. */
import { expect, it } from 'vitest'
import { inArray } from '../src/db/query.ts'
import { schema } from '../src/index.ts'
import { openOAuthHouse, past, until } from './oauth-house.ts'

it('a crowd at a provider that does not answer keeps no caller of another one waiting', async () => {
  // No sweep comes to the help of whose job is not taken.
  await using house = await openOAuthHouse({ silent: {}, quick: {} }, { timings: { horizonMs: 60_000 } })
  const crowd = await house.seed('silent', 40)
  const quick = await house.connect('quick')
  await house.engine.db
    .update(schema.credentials)
    .set({ expiresAt: past })
    .where(inArray(schema.credentials.connectionId, [...crowd, quick.id]))
  house.server('silent').fault({ kind: 'hold', processed: false, grantType: 'refresh_token', times: 1_000 })
  const waiting = crowd.map((id) =>
    house.token(id).then(
      () => 'answered',
      () => 'refused',
    ),
  )
  const asked = async () => {
    const rows = await house.engine.db.select().from(schema.credentials)
    return rows.filter(({ connectionId, enqueuedUntil }) => crowd.includes(connectionId) && enqueuedUntil).length
  }
  await until(async () => (await asked()) === crowd.length, 'everybody asks')
  const first = await Promise.race([house.token(quick.id), ...waiting])
  expect(first).toMatchObject({ generation: 2 })
  house.server('silent').clearFaults()
  await house.server('silent').release()
  await Promise.all(waiting)
})
