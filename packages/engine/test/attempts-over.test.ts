/** Attempts that nobody finished: they end by themselves, say so, and keep neither a secret nor, later, a row. */
import { expect, it } from 'vitest'
import { eq } from '../src/db/query.ts'
import { createFolderBlobs } from '../src/documents/blobs.ts'
import { schema } from '../src/index.ts'
import { keepHouse } from '../src/jobs/housekeeping.ts'
import { defaultTimings } from '../src/timings.ts'
import { openOAuthHouse, until } from './oauth-house.ts'

it('an attempt whose time is over expires without its secrets, and is gone after the retention', async () => {
  await using house = await openOAuthHouse({ items: {} })
  const { authorizations, events } = schema
  const { db } = house.engine
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const keep = () => keepHouse({ db, blobs: createFolderBlobs(house.blobDir), timings: defaultTimings, log })
  const { id } = await house.begin('items')
  const row = async () => (await db.select().from(authorizations).where(eq(authorizations.id, id)))[0]

  await keep()
  expect(await row()).toMatchObject({ status: 'pending', secretsSealed: expect.any(Buffer) })

  await db
    .update(authorizations)
    .set({ expiresAt: new Date(Date.now() - 1_000) })
    .where(eq(authorizations.id, id))
  await keep()
  expect(await row()).toMatchObject({
    status: 'expired',
    secretsSealed: null,
    stateHash: null,
    errorCode: 'authorization_expired',
  })
  const told = await until(
    async () => (await db.select().from(events).where(eq(events.authorizationId, id)))[0],
    'the end is told',
  )
  expect(told).toMatchObject({ type: 'authorization.failed', audience: [house.owner.userId] })

  const longAgo = new Date(Date.now() - defaultTimings.retentionMs - 1_000)
  await db.update(authorizations).set({ createdAt: longAgo }).where(eq(authorizations.id, id))
  await keep()
  expect(await row()).toBeUndefined()
})
