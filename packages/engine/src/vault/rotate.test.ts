import { randomBytes } from 'node:crypto'
import { createTestDatabase, type TestDatabase } from '@wellhead/test-services'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Connected, connectDatabase } from '../db/database.ts'
import { eq, sql } from '../db/query.ts'
import { authorizations, dataKeys, installationSecrets, oauthClients, users, workspaces } from '../db/schema/index.ts'
import { openCursor, sealCursor } from '../runs/cursors.ts'
import type { Progress } from './batches.ts'
import { installationSecret } from './installation-secret.ts'
import { listKeys } from './inventory.ts'
import { parseKeyRing } from './key-ring.ts'
import { askInTime } from './key-service.ts'
import { renew } from './renew.ts'
import { reseal } from './reseal.ts'
import { retireDataKeys } from './retire.ts'
import { rotate } from './rotate.ts'
import { createVault, type Place, type Sealed } from './vault.ts'

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`
const [first, second] = [key('first'), key('second')]
/** As the operator gives them at each step. */
const before = parseKeyRing(first)
const rolledOut = parseKeyRing(`${first},${second}`)
const switched = parseKeyRing(`${second},${first}`)
const after = parseKeyRing(second)

const WORKSPACES = 30
const quietly = { watch() {}, waitMs: 0 }

let database: TestDatabase
let connected: Connected

beforeEach(async () => {
  database = await createTestDatabase()
  connected = connectDatabase(database.url, { max: 5, pooled: false })
  const { db } = connected
  const vault = createVault(db, before)
  const ids = Array.from({ length: WORKSPACES }, (_, number) => `w${String(number).padStart(2, '0')}`)
  await db.insert(workspaces).values(ids.map((id) => ({ id, name: id, slug: id })))
  await db.insert(users).values({ id: 'u', name: 'U', email: 'u@acme.test' })
  for (const workspaceId of [null, ...ids]) {
    const id = `cli_${workspaceId}`
    const { sealed, keyId } = await vault.seal(clientPlace(id, workspaceId), { secret: id })
    await db.insert(oauthClients).values({
      id,
      workspaceId,
      dataSource: 'items',
      clientId: 'client',
      secretSealed: sealed,
      keyId,
      secretHint: '',
    })
    if (workspaceId === null) continue
    const attempt = await vault.seal({ workspaceId, table: 'authorizations', row: `auth_${id}` }, { code: id })
    await db.insert(authorizations).values({
      id: `auth_${id}`,
      workspaceId,
      userId: 'u',
      dataSource: 'items',
      clientId: id,
      status: 'exchanging',
      redirectUri: '',
      secretsSealed: attempt.sealed,
      keyId: attempt.keyId,
      expiresAt: new Date(),
    })
  }
  const secret = await vault.seal({ workspaceId: null, table: 'installation_secrets', row: 's' }, 'signs')
  await db.insert(installationSecrets).values({ name: 's', ...secret })
})
afterEach(async () => {
  await connected?.close()
  await database?.[Symbol.asyncDispose]()
})

const clientPlace = (row: string, workspaceId: string | null) => ({ workspaceId, table: 'oauth_clients', row }) as const

/** Opens everything with these keys alone, as a process that has just begun; returns the data keys that are used. */
async function opensAll(keys = after): Promise<Set<string>> {
  const { db } = connected
  const vault = createVault(db, keys)
  const used = new Set<string>()
  for (const row of await db.select().from(oauthClients)) {
    used.add(row.keyId)
    const opened = await vault.open(clientPlace(row.id, row.workspaceId), { ...row, sealed: row.secretSealed })
    expect(opened).toEqual({ secret: row.id })
  }
  for (const row of await db.select().from(authorizations)) {
    used.add(row.keyId)
    const place = { workspaceId: row.workspaceId, table: 'authorizations', row: row.id } as const
    const opened = await vault.open(place, { ...row, sealed: row.secretsSealed as Buffer })
    expect(opened).toEqual({ code: row.clientId })
  }
  for (const row of await db.select().from(installationSecrets)) {
    used.add(row.keyId)
    const opened = await vault.open({ workspaceId: null, table: 'installation_secrets', row: row.name }, row)
    expect(opened).toBe('signs')
  }
  return used
}
const dataKeysBy = async (wrappedBy: string) =>
  (await connected.db.select().from(dataKeys).where(eq(dataKeys.wrappedBy, wrappedBy))).length

describe('wellhead keys rotate', () => {
  it('wraps every data key with the first key, says how far it is, and which key may go', async () => {
    const progress: Progress[] = []
    const opened = await opensAll(before)
    const done = await rotate(connected.db, switched, { reseal: false, watch: (one) => progress.push(one) })
    expect(done).toMatchObject({ rewrapped: WORKSPACES + 1, renewed: 0, resealed: 0, failed: [], leftOnFormer: 0 })
    expect(progress.map(({ done: count }) => count)).toEqual(
      progress.map((_, index) => Math.min(index + 1, WORKSPACES + 1)),
    )
    expect(progress.at(-1)).toEqual({ step: 'rewrap', done: WORKSPACES + 1, left: 0 })
    expect(done.keys).toMatchObject([
      { id: 'second', isPrimary: true, dataKeys: WORKSPACES + 1, isRemovable: false },
      { id: 'first', isPrimary: false, dataKeys: 0, values: 0, isRemovable: true },
    ])
    // The data keys themselves are the same ones.
    expect(await opensAll()).toEqual(opened)
  })

  it('goes on where it was interrupted, with whatever moment that was', async () => {
    const total = WORKSPACES + 1
    const interruptedAt = (limit: number) => {
      let seen = 0
      return () => {
        if (++seen > limit) throw new Error('killed')
      }
    }
    for (const limit of [0, 3, 11]) {
      const given = { reseal: true, waitMs: 0, watch: interruptedAt(limit) }
      await expect(rotate(connected.db, switched, given)).rejects.toThrow('killed')
      await opensAll(switched)
    }
    // Far enough for the data keys and some of the values.
    const more = { reseal: true, waitMs: 0, watch: interruptedAt(2 * total + 5) }
    await expect(rotate(connected.db, switched, more)).rejects.toThrow('killed')
    expect(await dataKeysBy('first')).toBe(0)
    const made = await connected.db.select().from(dataKeys)
    const last = await rotate(connected.db, switched, { ...quietly, reseal: true })
    expect(last).toMatchObject({ renewed: 0, onlyFinished: true, leftOnFormer: 0, failed: [] })
    expect(last.resealed).toBeLessThan(2 * total)
    // No data key was made for nothing: one new one for each workspace and the installation.
    expect(made).toHaveLength(2 * total)
    expect(await connected.db.select().from(dataKeys)).toHaveLength(2 * total)
    expect((await opensAll()).size).toBe(total)
  })

  it('two at a time do no harm', async () => {
    const both = await Promise.all([1, 2].map(() => rotate(connected.db, switched, { ...quietly, reseal: true })))
    for (const one of both) expect(one).toMatchObject({ failed: [], leftOnFormer: 0 })
    expect(both[0]!.rewrapped + both[1]!.rewrapped).toBe(WORKSPACES + 1)
    expect((await opensAll()).size).toBe(WORKSPACES + 1)
  })

  it('with --reseal leaves nothing on a former data key, and begins a new round each time there is nothing to finish', async () => {
    const former = await opensAll(before)
    const done = await rotate(connected.db, switched, { ...quietly, reseal: true })
    expect(done).toMatchObject({ renewed: WORKSPACES + 1, resealed: 2 * WORKSPACES + 2, onlyFinished: false })
    const used = await opensAll()
    expect([...used].filter((id) => former.has(id))).toEqual([])
    expect(await rotate(connected.db, switched, { ...quietly, reseal: true })).toMatchObject({
      renewed: WORKSPACES + 1,
      onlyFinished: false,
    })
  })

  it('names what cannot be opened, leaves it as it is, and does the rest', async () => {
    const [client] = await connected.db.select().from(oauthClients).where(eq(oauthClients.id, 'cli_w03'))
    const [other] = await connected.db.select().from(oauthClients).where(eq(oauthClients.id, 'cli_w04'))
    await connected.db
      .update(oauthClients)
      .set({ secretSealed: other!.secretSealed })
      .where(eq(oauthClients.id, 'cli_w03'))
    await connected.db
      .update(dataKeys)
      .set({ wrapped: randomBytes(61) })
      .where(eq(dataKeys.id, other!.keyId))
    const done = await rotate(connected.db, switched, { ...quietly, reseal: true })
    expect([...done.failed].sort()).toEqual([
      'authorizations auth_cli_w04',
      `data_keys ${other!.keyId}`,
      'oauth_clients cli_w03',
      'oauth_clients cli_w04',
    ])
    expect(done.leftOnFormer).toBe(3)
    expect(done.keys.find(({ id }) => id === 'first')).toMatchObject({
      isRemovable: false,
      formerDataKeys: 1,
      values: 2,
    })
    // It does not keep the others from new data keys.
    expect(await rotate(connected.db, switched, { ...quietly, reseal: true })).toMatchObject({ onlyFinished: false })
    expect(client!.keyId).not.toBe(other!.keyId)
  })
})

describe('a process beside a rotation', () => {
  it('that does not have the new key yet says so by name, and seals on with what it has', async () => {
    const place = clientPlace('cli_w00', 'w00')
    const behind = createVault(connected.db, before, { recheckMs: 0 })
    await behind.ready('w00')
    await rotate(connected.db, switched, { ...quietly, reseal: true })
    const missing = { code: 'vault_key_missing', message: expect.stringContaining('"second"') }
    const [row] = await connected.db.select().from(oauthClients).where(eq(oauthClients.id, 'cli_w00'))
    await expect(behind.open(place, { ...row!, sealed: row!.secretSealed })).rejects.toMatchObject(missing)
    // One that had not sealed for the workspace before has nothing to go on with.
    await expect(behind.ready('w01')).rejects.toMatchObject(missing)

    const sealed = await behind.seal(place, { secret: 'cli_w00' })
    expect(sealed.keyId).not.toBe(row!.keyId)
    await connected.db
      .update(oauthClients)
      .set({ secretSealed: sealed.sealed, keyId: sealed.keyId })
      .where(eq(oauthClients.id, 'cli_w00'))
    await opensAll(switched)
    expect(await rotate(connected.db, switched, { ...quietly, reseal: true })).toMatchObject({
      renewed: 0,
      resealed: 1,
      onlyFinished: true,
      leftOnFormer: 0,
    })
    await opensAll()

    // For a day: then the former data key seals no more, well before it may be retired.
    await connected.db
      .update(dataKeys)
      .set({ supersededAt: sql`now() - interval '25 hours'` })
      .where(eq(dataKeys.id, sealed.keyId))
    await expect(behind.seal(place, 's')).rejects.toMatchObject(missing)
  })

  it('that has it seals with the new data key once it looks again', async () => {
    const place = clientPlace('cli_w00', 'w00')
    const patient = createVault(connected.db, rolledOut, { recheckMs: 60_000 })
    const eager = createVault(connected.db, rolledOut, { recheckMs: 0 })
    const was = (await patient.seal(place, 's')).keyId
    expect((await eager.seal(place, 's')).keyId).toBe(was)
    await rotate(connected.db, switched, { ...quietly, reseal: true })
    expect((await patient.seal(place, 's')).keyId).toBe(was)
    expect((await eager.seal(place, 's')).keyId).not.toBe(was)
  })

  it('that writes between the look and the replacement is never overwritten', async () => {
    const { db } = connected
    const keys = askInTime(switched)
    const place = clientPlace('cli_w00', 'w00')
    const ofClient = eq(oauthClients.id, 'cli_w00')
    // A new secret under the former data key, and with no generation that would tell it.
    const newer = await createVault(db, before).seal(place, { secret: 'newer' })
    await renew(db, keys, 1, () => {})
    const vault = createVault(db, switched, { recheckMs: 0 })
    let written = false
    await reseal(
      db,
      {
        ...vault,
        async open<Value>(where: Place, what: Sealed): Promise<Value> {
          const value = await vault.open<Value>(where, what)
          if (where.table === place.table && where.row === place.row && !written) {
            written = true
            await db.update(oauthClients).set({ secretSealed: newer.sealed }).where(ofClient)
          }
          return value
        },
      },
      () => {},
    )
    const [now] = await db.select().from(oauthClients).where(ofClient)
    expect(await vault.open(place, { ...now!, sealed: now!.secretSealed })).toEqual({ secret: 'newer' })
    expect(now!.keyId).not.toBe(newer.keyId)
  })
})

describe('data keys that do not seal any more', () => {
  it('open cursors for thirty days, and are deleted when no row uses them', async () => {
    const { db } = connected
    const place = { workspaceId: 'w00', connectionId: 'c', operation: 'list_pages' } as const
    const cursor = await sealCursor(createVault(db, before), place, 'page 2')
    await rotate(db, switched, { ...quietly, reseal: true })
    expect(await openCursor(createVault(db, after), place, cursor)).toBe('page 2')
    // A key that this process lacks is the operator's to bring; the cursor is a good one.
    await expect(openCursor(createVault(db, before), place, cursor)).rejects.toMatchObject({
      code: 'vault_key_missing',
    })
    const age = (days: number) =>
      db
        .update(dataKeys)
        .set({ supersededAt: sql`now() - ${`${days} days`}::interval` })
        .where(eq(dataKeys.isPrimary, false))
    await age(29)
    expect(await retireDataKeys(db)).toBe(0)
    await age(31)
    // Of w01 a value is still sealed with it.
    const [kept] = await db.select().from(dataKeys).where(sql`workspace_id = 'w01' and not is_primary`)
    await db.update(oauthClients).set({ keyId: kept!.id }).where(eq(oauthClients.id, 'cli_w01'))
    expect(await retireDataKeys(db)).toBe(WORKSPACES)
    expect(await db.select().from(dataKeys).where(eq(dataKeys.isPrimary, false))).toHaveLength(1)
    await expect(openCursor(createVault(db, after), place, cursor)).rejects.toMatchObject({ code: 'invalid_cursor' })
  })
})

describe('what the installation signs with', () => {
  const signing = (keys = switched, former = 'derived') =>
    installationSecret(connected.db, createVault(connected.db, keys), 'console sessions', former)

  it('is the same for processes that start together, and through a rotation', async () => {
    await connected.db.delete(authorizations)
    await connected.db.delete(users)
    const [one, other] = await Promise.all([signing(before), signing(rolledOut)])
    expect(one).toBe(other)
    expect(one.length).toBeGreaterThan(40)
    await rotate(connected.db, switched, { ...quietly, reseal: true })
    expect(await signing(after, 'derived from another first key')).toBe(one)
  })

  it('stays what it was where somebody has a session already, and ends when the operator says so', async () => {
    expect(await signing(before, 'derived')).toBe('derived')
    await rotate(connected.db, switched, { ...quietly, reseal: false })
    expect(await signing(after, 'derived anew')).toBe('derived')
    await rotate(connected.db, after, { ...quietly, reseal: false, signOut: true })
    expect(await signing(after, 'derived anew')).toBe('derived anew')
  })
})

describe('wellhead keys list', () => {
  it('says what each key wraps at every step of a roll-out, and finds one that is missing', async () => {
    const list = async (keys = before) => listKeys(connected.db, askInTime(keys))
    const used = { dataKeys: WORKSPACES + 1, values: 2 * WORKSPACES + 2, isRemovable: false }
    expect(await list(rolledOut)).toMatchObject([
      { id: 'first', isPrimary: true, isGiven: true, ...used },
      { id: 'second', isPrimary: false, isGiven: true, dataKeys: 0, isRemovable: true },
    ])
    expect(await list(after)).toMatchObject([
      { id: 'second', isPrimary: true, dataKeys: 0, isRemovable: false },
      { id: 'first', isPrimary: false, isGiven: false, ...used },
    ])
    await expect(createVault(connected.db, after).verify()).rejects.toMatchObject({ code: 'vault_key_missing' })
  })
})
