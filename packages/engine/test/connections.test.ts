/** Names, the default, keys and settings of connections, also when several members act at once. */

import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eq, sql } from '../src/db/query.ts'
import { type Connection, schema } from '../src/index.ts'
import { connect, refusal, strangerOf } from './beginnings.ts'
import { type DriveProvider, drive, startDrive } from './drive.ts'
import { type House, openHouse, until } from './house.ts'
import { type NotesProvider, notes, startNotes } from './notes.ts'

let house: House
let provider: NotesProvider
let elsewhere: NotesProvider
let driveProvider: DriveProvider

beforeAll(async () => {
  provider = await startNotes()
  elsewhere = await startNotes()
  driveProvider = await startDrive()
  house = await openHouse({
    builtin: { notes: async () => ({ default: notes }), drive: async () => ({ default: drive }) },
    overrides: {
      notes: { endpoints: { api: provider.origin } },
      drive: { endpoints: { api: driveProvider.origin } },
    },
  })
  await house.work()
})
afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  await provider?.close()
  await elsewhere?.close()
  await driveProvider?.close()
})

const create = (name?: string, dataSource = 'notes') =>
  house.engine.connections.create(house.owner, {
    dataSource,
    apiKey: provider.key,
    ...(name === undefined ? {} : { name }),
  })
const all = async (): Promise<readonly Connection[]> =>
  (await house.engine.connections.list(house.owner, { limit: 200 })).items
const defaults = async (dataSource = 'notes') =>
  (await all()).filter((each) => each.dataSource === dataSource && each.isDefault).map(({ id }) => id)

describe('names', () => {
  it('are numbered when nobody gives one, and one of many made at once is the default', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => create(undefined, 'drive')))
    expect(made.map(({ name }) => name).sort()).toEqual(['Drive', ...[2, 3, 4, 5, 6, 7, 8].map((n) => `Drive ${n}`)])
    expect(made.filter(({ isDefault }) => isDefault)).toHaveLength(1)
  })

  it('are made at once in a workspace that has no data key yet', async () => {
    const stranger = await strangerOf(house)
    const input = { dataSource: 'drive', apiKey: provider.key }
    const made = await Promise.all(Array.from({ length: 5 }, () => house.engine.connections.create(stranger, input)))
    expect(new Set(made.map(({ name }) => name)).size).toBe(5)
  })

  it('are unique among the connections of a workspace to one source', async () => {
    const { id } = await create('Ours')
    expect(await refusal(create('Ours'))).toBe('name_taken')
    expect(await refusal(create('Ours', 'drive'))).toBeUndefined()
    const other = await create('Theirs')
    expect(await refusal(house.engine.connections.update(house.owner, other.id, { name: 'Ours' }))).toBe('name_taken')
    expect((await house.engine.connections.update(house.owner, id, { name: 'Ours' })).name).toBe('Ours')
  })

  it('that several take at once go to one of them; the others are told so by name', async () => {
    const made = await Promise.all([create(), create(), create(), create()])
    const outcomes = await Promise.all([
      ...made.map(({ id }) => refusal(house.engine.connections.update(house.owner, id, { name: 'Wanted' }))),
      refusal(create('Wanted')),
    ])
    expect(outcomes.filter((code) => code === undefined)).toHaveLength(1)
    expect(outcomes.filter((code) => code === 'name_taken')).toHaveLength(4)
  })

  it('are free again as soon as their connection is deleted', async () => {
    const { id } = await create('Freed')
    await house.engine.connections.delete(house.owner, id)
    expect((await create('Freed')).name).toBe('Freed')
  })
})

describe('the default', () => {
  it('moves to the connection that is made it, whoever asks at the same time', async () => {
    const made = await Promise.all([create(), create(), create(), create()])
    const make = ({ id }: Connection) => house.engine.connections.update(house.owner, id, { isDefault: true })
    await make(made[0])
    expect(await defaults()).toEqual([made[0].id])
    for (let round = 0; round < 5; round++) {
      await Promise.all(made.map(make))
      expect(await defaults()).toHaveLength(1)
    }
  })

  it('can be nobody, and is the next new one after it was deleted', async () => {
    const [current] = await defaults()
    await house.engine.connections.update(house.owner, current as string, { isDefault: false })
    expect(await defaults()).toEqual([])
    expect((await create()).isDefault).toBe(true)
    const [next] = await defaults()
    await house.engine.connections.delete(house.owner, next as string)
    expect((await create()).isDefault).toBe(true)
  })
})

describe('a list', () => {
  it('is paged to its end without loss or repetition, also among equal times', async () => {
    // What was deleted before is in the list until it is erased.
    await until(async () => (await all()).every(({ status }) => status !== 'deleting'), 'what is deleted is erased')
    await house.engine.db.update(schema.connections).set({ createdAt: new Date('2026-01-01T00:00:00.123Z') })
    const whole = (await all()).map(({ id }) => id)
    expect(whole.length).toBeGreaterThan(10)
    const paged: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof house.engine.connections.list>> = await house.engine.connections.list(
        house.owner,
        { limit: 3, ...(cursor === null ? {} : { cursor }) },
      )
      paged.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(paged).toEqual(whole)
  })

  it('refuses a cursor that is none', async () => {
    for (const cursor of ['', 'x', 'W10', Buffer.from('["no date","id"]').toString('base64url'), 'bnVsbA'])
      expect(await refusal(house.engine.connections.list(house.owner, { cursor })), cursor).toBe('invalid_cursor')
  })
})

describe('keys and settings', () => {
  it('refuses what cannot be a key, or is no setting, before anything is stored', async () => {
    const before = (await all()).length
    const { connections } = house.engine
    for (const apiKey of ['', '   ', 'abc', 'with space', 'line\nbreak', 'ümlaut-key', 'x'.repeat(5000)])
      expect(await refusal(connections.create(house.owner, { dataSource: 'notes', apiKey }))).toBe('invalid_parameters')
    const settings = { baseUrl: 'not a url', more: 1 }
    const apiKey = provider.key
    expect(await refusal(connections.create(house.owner, { dataSource: 'notes', apiKey, settings }))).toBe(
      'invalid_settings',
    )
    expect(await refusal(connections.create(house.owner, { dataSource: 'none', apiKey }))).toBe('data_source_not_found')
    expect((await all()).length).toBe(before)
  })

  it('asks for the key again when a setting moves it elsewhere, and sends it nowhere before', async () => {
    const { id } = await connect(house, house.owner, { dataSource: 'notes', apiKey: provider.key })
    const { connections } = house.engine
    const settings = { baseUrl: elsewhere.origin }
    expect(await refusal(connections.update(house.owner, id, { settings }))).toBe('api_key_required')
    expect((await connections.get(house.owner, id)).settings).toEqual({})
    const same = { baseUrl: `${provider.origin}/v2` }
    expect((await connections.update(house.owner, id, { settings: same })).settings).toEqual(same)
    expect(elsewhere.requests).toEqual([])
    const moved = await connections.update(house.owner, id, { settings, apiKey: elsewhere.key })
    expect(moved).toMatchObject({ status: 'pending', settings })
  })

  it('sends a key that came with another base URL to no former one, also from a call under way', async () => {
    const connection = await connect(house, house.owner, { dataSource: 'notes', apiKey: provider.key })
    // The first page of a listing is held at the former place while key and base URL are replaced.
    let held: (() => void) | undefined
    provider.intercept = (request, response) => {
      if (request.url !== '/notes') return false
      held = () => response.end(JSON.stringify({ ids: ['1'], next: '3' }))
      return true
    }
    const started = await house.engine.runs.create(house.owner, {
      dataSource: 'notes',
      connectionId: connection.id,
      operation: 'list_pages',
    })
    await until(async () => held, 'the provider holds the first page')
    const fresh = 'another-key-9876543210'
    await house.engine.connections.update(house.owner, connection.id, {
      apiKey: fresh,
      settings: { baseUrl: elsewhere.origin },
    })
    held?.()
    const { value } = await house.engine.runs.settled(house.owner, started.id, 15_000)
    provider.intercept = undefined
    expect(value).toMatchObject({ status: 'failed', error: { code: 'credential_invalid' } })
    expect(provider.requests.filter(({ authorization }) => authorization?.includes(fresh))).toEqual([])
    expect(elsewhere.requests.map(({ authorization }) => authorization)).toContain(`Bearer ${fresh}`)
  })

  it('takes a new key in place of one that was refused', async () => {
    const made = await connect(house, house.owner, { dataSource: 'notes', apiKey: 'a-wrong-key-altogether' })
    expect(made).toMatchObject({ status: 'invalid', keyHint: 'ther', generation: 1 })
    const { connections } = house.engine
    expect(await refusal(connections.accessToken(house.owner, made.id, {}))).toBe('credential_invalid')
    const changed = await connections.update(house.owner, made.id, { apiKey: ` ${provider.key}\n` })
    expect(changed).toMatchObject({ status: 'pending', keyHint: '6789', generation: 2, lastError: null })
    const ticket = await connections.validate(house.owner, made.id)
    const { value } = await connections.settled(house.owner, made.id, ticket, 15_000)
    expect(value).toMatchObject({ status: 'active', lastError: null })
    expect(await connections.accessToken(house.owner, made.id, {})).toMatchObject({
      accessToken: provider.key,
      generation: 2,
      expiresAt: null,
    })
  })
})

describe('delete', () => {
  it('is not undone by a change that was under way', async () => {
    const { id } = await connect(house, house.owner, { dataSource: 'notes', apiKey: provider.key })
    // Holds the row, so that both wait for it: the delete first.
    const holder = postgres(house.databaseUrl, { max: 1 })
    const waiting = async (count: number) => {
      const [row] = await house.engine.db.execute<{ count: string }>(
        sql`select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return Number(row?.count) >= count
    }
    let both: Promise<(string | undefined)[]> | undefined
    await holder.begin(async (tx) => {
      await tx`select 1 from connections where id = ${id} for update`
      const deleted = refusal(house.engine.connections.delete(house.owner, id))
      await until(() => waiting(1), 'the delete waits')
      const updated = refusal(house.engine.connections.update(house.owner, id, { apiKey: 'a-new-key-000000' }))
      await until(() => waiting(2), 'the update waits')
      both = Promise.all([deleted, updated])
    })
    const [deleted, updated] = (await both) as (string | undefined)[]
    await holder.end()
    expect(deleted).toBeUndefined()
    expect(['connection_deleting', 'connection_not_found']).toContain(updated)
    await until(async () => {
      const rows = await house.engine.db.select().from(schema.connections).where(eq(schema.connections.id, id))
      return rows.length === 0
    }, 'the connection is erased')
  })
})
