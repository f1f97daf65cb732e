/** Sealed credentials that were changed, swapped or left without their key: each use says so by name, and loses nothing. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schema } from '../src/index.ts'
import { type House, openHouse, until } from './house.ts'
import { type NotesProvider, notes, startNotes } from './notes.ts'
import { openOAuthHouse } from './oauth-house.ts'

describe('a sealed credential', () => {
  let house: House
  let provider: NotesProvider
  const { credentials, dataKeys } = schema

  beforeAll(async () => {
    provider = await startNotes()
    house = await openHouse({
      builtin: { notes: async () => ({ default: notes }) },
      overrides: { notes: { endpoints: { api: provider.origin } } },
    })
    await house.work()
  })
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]()
    await provider?.close()
  })

  const connect = async () => {
    const { id } = await house.engine.connections.create(house.owner, { dataSource: 'notes', apiKey: provider.key })
    await until(async () => (await house.engine.connections.get(house.owner, id)).status === 'active', 'it is active')
    return id
  }
  const sealedOf = async (id: string) => {
    const [row] = await house.engine.db.select().from(credentials).where(eq(credentials.connectionId, id))
    return row as typeof credentials.$inferSelect
  }
  const use = (id: string) => house.engine.connections.accessToken(house.owner, id, {})
  const runEnds = async (id: string) => {
    const run = await house.engine.runs.create(house.owner, {
      dataSource: 'notes',
      connectionId: id,
      operation: 'list_pages',
    })
    return (await house.engine.runs.settled(house.owner, run.id, 15_000)).value
  }

  it('that was changed is refused by name, in use and in a run, and works again once it is put back', async () => {
    const id = await connect()
    const { sealed } = await sealedOf(id)
    const changed = Buffer.from(sealed)
    changed[changed.length - 1] = (changed.at(-1) as number) ^ 1
    await house.engine.db.update(credentials).set({ sealed: changed }).where(eq(credentials.connectionId, id))
    await expect(use(id)).rejects.toMatchObject({ code: 'vault_tampered' })
    expect(await runEnds(id)).toMatchObject({ status: 'failed', error: { code: 'vault_tampered' } })
    await house.engine.db.update(credentials).set({ sealed }).where(eq(credentials.connectionId, id))
    expect((await use(id)).accessToken).toBe(provider.key)
  })

  it('that was swapped with that of another connection is refused by name', async () => {
    const [first, second] = [await connect(), await connect()]
    const other = await sealedOf(second)
    await house.engine.db
      .update(credentials)
      .set({ sealed: other.sealed, keyId: other.keyId })
      .where(eq(credentials.connectionId, first))
    await expect(use(first)).rejects.toMatchObject({ code: 'vault_tampered' })
    expect((await use(second)).accessToken).toBe(provider.key)
  })

  it('whose data key is gone is refused by name, also by a process that starts later', async () => {
    const id = await connect()
    const row = await sealedOf(id)
    await house.engine.db.update(credentials).set({ keyId: 'dek_gone' }).where(eq(credentials.connectionId, id))
    await expect(use(id)).rejects.toMatchObject({ code: 'vault_key_missing' })
    await house.engine.db.update(credentials).set({ keyId: row.keyId }).where(eq(credentials.connectionId, id))
    await house.engine.db.update(dataKeys).set({ wrappedBy: 'former' })
    await expect(house.another()).rejects.toMatchObject({ code: 'vault_key_missing' })
    await house.engine.db.update(dataKeys).set({ wrappedBy: 'test' })
  })
})

it('an OAuth credential that cannot be opened is not refreshed, and its run ends with the reason', async () => {
  await using house = await openOAuthHouse({ items: {} })
  const { id } = await house.connect('items')
  const { sealed } = await house.row(id)
  const before = house.server('items').counters().tokenRequests
  const changed = Buffer.from(sealed)
  changed[20] = (changed[20] as number) ^ 1
  await house.change(id, { sealed: changed, expiresAt: new Date(Date.now() - 1_000) })
  const run = await house.engine.runs.create(house.owner, { dataSource: 'items', operation: 'list_pages' })
  const { value } = await house.engine.runs.settled(house.owner, run.id, 15_000)
  expect(value).toMatchObject({ status: 'failed', error: { code: 'refresh_failed' } })
  expect(value.error?.message).toMatch(/cannot be opened/)
  expect(house.server('items').counters().tokenRequests).toBe(before)
  // Mended, it works again.
  await house.change(id, { sealed })
  expect((await house.token(id)).generation).toBe(2)
})
