import { randomBytes } from 'node:crypto'
import { createTestDatabase, type TestDatabase } from '@wellhead/test-services'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connected, connectDatabase } from '../db/database.ts'
import { eq } from '../db/query.ts'
import { dataKeys, workspaces } from '../db/schema/index.ts'
import { parseKeyRing } from './key-ring.ts'
import { createVault } from './vault.ts'

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`
const place = (row: string, workspaceId = 'w1') => ({ workspaceId, table: 'credentials', row }) as const

describe('the vault', () => {
  let database: TestDatabase
  let connected: Connected
  const first = key('first')

  beforeAll(async () => {
    database = await createTestDatabase()
    connected = connectDatabase(database.url, { max: 3, pooled: false })
    await connected.db.insert(workspaces).values([
      { id: 'w1', name: 'One', slug: 'one' },
      { id: 'w2', name: 'Two', slug: 'two' },
    ])
  })
  afterAll(async () => {
    await connected?.close()
    await database?.[Symbol.asyncDispose]()
  })
  const vaultOf = (keys: string) => createVault(connected.db, parseKeyRing(keys))

  it('opens what it sealed, in another process too', async () => {
    const sealed = await vaultOf(first).seal(place('r1'), { secret: 's3cret' })
    expect(sealed.sealed.toString('latin1')).not.toContain('s3cret')
    expect(await vaultOf(first).open(place('r1'), sealed)).toEqual({ secret: 's3cret' })
  })

  it('seals the same value differently each time', async () => {
    const vault = vaultOf(first)
    const [a, b] = await Promise.all([vault.seal(place('r1'), 'x'), vault.seal(place('r1'), 'x')])
    expect(a.sealed.equals(b.sealed)).toBe(false)
    expect(a.keyId).toBe(b.keyId)
  })

  it('refuses a value that was changed, by name', async () => {
    const vault = vaultOf(first)
    const { sealed, keyId } = await vault.seal(place('r1'), { secret: 's' })
    for (const position of [0, 1, 20, sealed.length - 1]) {
      const changed = Buffer.from(sealed)
      changed[position] = (changed[position] as number) ^ 1
      await expect(vault.open(place('r1'), { sealed: changed, keyId })).rejects.toMatchObject({
        code: 'vault_tampered',
      })
    }
    await expect(vault.open(place('r1'), { sealed: sealed.subarray(0, 10), keyId })).rejects.toMatchObject({
      code: 'vault_tampered',
    })
  })

  it('refuses a value that was moved to another row, table or workspace', async () => {
    const vault = vaultOf(first)
    const sealed = await vault.seal(place('r1'), { secret: 's' })
    for (const elsewhere of [place('r2'), place('r1', 'w2'), { ...place('r1'), table: 'oauth_clients' } as const])
      await expect(vault.open(elsewhere, sealed)).rejects.toMatchObject({ code: 'vault_tampered' })
  })

  it('says when a data key is gone', async () => {
    const sealed = await vaultOf(first).seal(place('r1'), 's')
    await expect(vaultOf(first).open(place('r1'), { ...sealed, keyId: 'dek_gone' })).rejects.toMatchObject({
      code: 'vault_key_missing',
    })
  })

  it('refuses to start without the key that the database was sealed with, or with another one of that name', async () => {
    await vaultOf(first).seal(place('r1'), 's')
    await expect(vaultOf(key('second')).verify()).rejects.toMatchObject({ code: 'vault_key_missing' })
    await expect(vaultOf(key('first')).verify()).rejects.toMatchObject({ code: 'vault_misconfigured' })
    await vaultOf(`${key('second')},${first}`).verify()
  })

  it('gives workspaces keys of their own, and one to each although many ask at once', async () => {
    const vaults = Array.from({ length: 8 }, () => vaultOf(first))
    const sealed = await Promise.all(vaults.map((vault) => vault.seal(place('r', 'w2'), 's')))
    expect(new Set(sealed.map(({ keyId }) => keyId)).size).toBe(1)
    expect(await connected.db.select().from(dataKeys).where(eq(dataKeys.workspaceId, 'w2'))).toHaveLength(1)
  })

  it.each([
    ['', 'not of the form'],
    ['nothing', 'not of the form'],
    ['a:c2hvcnQ=', 'must have 32'],
    [`${first},${first}`, 'given twice'],
  ])('says what is wrong with the keys %#', (keys, reason) => {
    expect(() => parseKeyRing(keys)).toThrow(reason)
  })
})
