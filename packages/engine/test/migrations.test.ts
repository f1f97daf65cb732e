/** What a migration does to rows that are there already. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eq, sql } from '../src/db/query.ts'
import { schema } from '../src/index.ts'
import { type OAuthHouse, openOAuthHouse } from './oauth-house.ts'

let house: OAuthHouse
beforeAll(async () => {
  house = await openOAuthHouse({ items: {} })
})
afterAll(() => house?.[Symbol.asyncDispose]())

it('0006 lets what a workspace has done end with it, as the keys did that it drops', async () => {
  const { db } = house.engine
  const [gone, stays] = ['wsp_gone', 'wsp_stays']
  await db.insert(schema.workspaces).values([gone, stays].map((id) => ({ id, name: id, slug: id })) as never)
  for (const workspaceId of [gone, stays]) {
    await db.insert(schema.events).values({ id: `evt_${workspaceId}`, workspaceId, type: 'run.progress', data: {} })
    const entry = {
      id: `aud_${workspaceId}`,
      workspaceId,
      userId: 'usr_1',
      action: 'test.done',
      subject: 'it',
      data: {},
    }
    await db.insert(schema.auditEntries).values(entry)
  }
  await db.delete(schema.workspaces).where(eq(schema.workspaces.id, gone))
  const left = async (table: typeof schema.events | typeof schema.auditEntries) =>
    (await db.select({ id: table.workspaceId }).from(table)).map(({ id }) => id).filter((id) => /gone|stays/.test(id))
  expect(await left(schema.events)).toEqual([stays])
  expect(await left(schema.auditEntries)).toEqual([stays])
  await db.delete(schema.workspaces).where(eq(schema.workspaces.id, stays))
})

it('0001 tells former connections whose tokens they have, and leaves the rest of what is known', async () => {
  const { db } = house.engine
  const { connections } = schema
  const [former, key] = await house.seed('items', 2)
  await db
    .update(connections)
    .set({ tokenInfo: { bot_id: 'bot' } })
    .where(eq(connections.id, former as string))
  await db
    .update(connections)
    .set({ method: 'api_key', clientId: null })
    .where(eq(connections.id, key as string))
  const file = readFileSync(new URL('../migrations/0001_paces_and_sequences.sql', import.meta.url), 'utf8')
  const statement = file.split('--> statement-breakpoint').find((part) => part.includes('UPDATE "connections"'))
  await db.execute(sql.raw(statement as string))
  const rows = await db.select({ id: connections.id, tokenInfo: connections.tokenInfo }).from(connections)
  expect(Object.fromEntries(rows.map(({ id, tokenInfo }) => [id, tokenInfo]))).toEqual({
    [former as string]: { bot_id: 'bot', client_id: 'items-client' },
    [key as string]: {},
  })
})
