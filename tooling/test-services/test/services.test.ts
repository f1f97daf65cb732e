import { Redis } from 'ioredis'
import postgres from 'postgres'
import { describe, expect, test } from 'vitest'
import { createTestDatabase, describeWithRedis } from '../src/index.ts'

describe('createTestDatabase', () => {
  test('clones a template that is built once, and each clone is its own', async () => {
    let built = 0
    const migrate = async (url: string) => {
      built++
      const sql = postgres(url, { max: 1 })
      await sql`create table things (name text)`
      await sql`insert into things values ('ä')`
      await sql.end()
    }
    await using first = await createTestDatabase({ template: 'things', migrate })
    await using second = await createTestDatabase({ template: 'things', migrate })
    expect(built).toBe(1)
    const one = postgres(first.url, { max: 1 })
    const two = postgres(second.url, { max: 1 })
    await one`delete from things`
    expect(await two`select name, upper(name) as big from things`).toMatchObject([{ name: 'ä', big: 'Ä' }])
    await Promise.all([one.end(), two.end()])
  })

  test('side by side, the template is still built once', async () => {
    let built = 0
    const migrate = async () => {
      built++
    }
    const all = await Promise.all(Array.from({ length: 5 }, () => createTestDatabase({ template: 'racing', migrate })))
    expect(built).toBe(1)
    expect(new Set(all.map((one) => one.name)).size).toBe(5)
    await Promise.all(all.map((one) => one[Symbol.asyncDispose]()))
  })

  test('a connection that was left open fails the disposal and names its owner', async () => {
    const database = await createTestDatabase({ migrate: false })
    const sql = postgres(database.url, { max: 1, connection: { application_name: 'the culprit' } })
    await sql`select 1`
    await expect(database[Symbol.asyncDispose]()).rejects.toThrow(/1 connection.*left open[\s\S]*the culprit/)
    await sql.end()
    expect(await databaseExists(database.url, database.name)).toBe(false)
  })
})

describeWithRedis('Redis', (redis) => {
  test('answers', async () => {
    const client = new Redis(redis.url)
    await client.set(`${redis.prefix}:a`, '1')
    expect(await client.get(`${redis.prefix}:a`)).toBe('1')
    await client.quit()
  })
})

async function databaseExists(url: string, name: string): Promise<boolean> {
  const sql = postgres(url.replace(/[^/]+$/, 'postgres'), { max: 1 })
  try {
    return (await sql`select 1 from pg_database where datname = ${name}`).length > 0
  } finally {
    await sql.end()
  }
}
