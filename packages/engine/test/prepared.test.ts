import { createTestDatabase } from '@wellhead/test-services'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connectDatabase } from '../src/db/database.ts'
import { eq, inArray, sql } from '../src/db/query.ts'
import { workspaces } from '../src/db/schema/index.ts'

async function connect(options: { pooled: boolean }) {
  const database = await createTestDatabase()
  const { db, close } = connectDatabase(database.url, { max: 1, ...options })
  onTestFinished(async () => {
    await close()
    await database[Symbol.asyncDispose]()
  })
  /** Texts that the server keeps for this connection, how often each was used. */
  async function kept(containing: string): Promise<readonly number[]> {
    const rows = await db.execute<{ uses: string }>(
      sql.raw(
        `select generic_plans + custom_plans as uses from pg_prepared_statements where statement like '%${containing}%'`,
      ),
    )
    return rows.map(({ uses }) => Number(uses))
  }
  return { db, kept }
}

const byId = (id: string) => eq(workspaces.id, id)

describe('statements', () => {
  test('are prepared once and used again, in transactions and savepoints too', async () => {
    const { db, kept } = await connect({ pooled: false })
    const look = (on: Pick<typeof db, 'select'>, id: string) => on.select().from(workspaces).where(byId(id))
    await look(db, 'one')
    await look(db, 'two')
    await db.transaction(async (tx) => {
      await look(tx, 'three')
      await tx.transaction((inner) => look(inner, 'four'))
    })
    expect(await kept('"workspaces"."id" = ')).toEqual([4])
  })

  test('roll back as ever, and leave the connection usable', async () => {
    const { db } = await connect({ pooled: false })
    const insert = (on: Pick<typeof db, 'insert'>, id: string) =>
      on.insert(workspaces).values({ id, name: id, slug: id })
    await insert(db, 'acme')
    await expect(
      db.transaction(async (tx) => {
        await insert(tx, 'other')
        await tx.transaction((inner) => insert(inner, 'acme')).catch(() => {})
        await insert(tx, 'acme')
      }),
    ).rejects.toThrow()
    expect(await db.select({ id: workspaces.id }).from(workspaces)).toEqual([{ id: 'acme' }])
  })

  test('of lists are not kept: there is another text for each length', async () => {
    const { db, kept } = await connect({ pooled: false })
    const ids = Array.from({ length: 100 }, (_, index) => `id${index}`)
    await db.select().from(workspaces).where(inArray(workspaces.id, ids))
    expect(await kept('"workspaces"."id" in ')).toEqual([])
  })

  test('outlive a column that a newer version adds', async () => {
    const { db } = await connect({ pooled: false })
    const look = () => db.select().from(workspaces).where(byId('acme'))
    await db.insert(workspaces).values({ id: 'acme', name: 'Acme', slug: 'acme' })
    await look()
    await db.execute(sql.raw('alter table workspaces add column motto text'))
    expect(await look()).toHaveLength(1)
    await db.execute(sql.raw('alter table workspaces alter column name type varchar(80)'))
    expect(await look()).toHaveLength(1)
  })

  test('are never kept behind a pooler', async () => {
    const { db, kept } = await connect({ pooled: true })
    for (const id of ['one', 'two']) await db.select().from(workspaces).where(byId(id))
    expect(await kept('workspaces')).toEqual([])
  })
})
