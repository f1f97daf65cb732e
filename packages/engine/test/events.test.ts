/** Events: each one at least once, in order, from wherever a reader goes on; whoever publishes them. */

import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '../src/db/query.ts'
import { emit, publish } from '../src/events/outbox.ts'
import { type Actor, type Event, schema } from '../src/index.ts'
import { strangerOf } from './beginnings.ts'
import { type House, openHouse, until } from './house.ts'
import { notes } from './notes.ts'

let house: House
let stranger: Actor

beforeAll(async () => {
  // No worker anywhere: the API alone publishes.
  house = await openHouse({ builtin: { notes: async () => ({ default: notes }) } })
  stranger = await strangerOf(house)
})
afterAll(() => house?.[Symbol.asyncDispose]())

const tell = (mark: string, more: { runId?: string; audience?: string[]; workspaceId?: string } = {}) =>
  house.engine.db.transaction((tx) =>
    emit(tx, { workspaceId: house.owner.workspaceId, type: 'run.progress', audience: null, data: { mark }, ...more }),
  )
const marksOf = (events: readonly Event[]) => events.map((event) => event.data.mark)

/** Reads until an event with this mark. */
async function readTo(mark: string, options: { after?: number; runId?: string; actor?: Actor } = {}): Promise<Event[]> {
  const { actor = house.owner, ...rest } = options
  const found: Event[] = []
  const signal = AbortSignal.timeout(10_000)
  for await (const event of house.engine.events.subscribe(actor, { after: 0, ...rest, signal })) {
    found.push(event)
    if (event.data.mark === mark) return found
  }
  expect.fail(`No event ${mark} came.`)
}

describe('a reader', () => {
  it('gets what was written, in order, with rising positions, without any worker', async () => {
    for (let number = 1; number <= 25; number++) await tell(`a${number}`)
    const read = (await readTo('a25')).filter((event) => String(event.data.mark).startsWith('a'))
    expect(marksOf(read)).toEqual(Array.from({ length: 25 }, (_, index) => `a${index + 1}`))
    const positions = read.map(({ position }) => position)
    expect(positions).toEqual([...positions].sort((a, b) => a - b))
    expect(new Set(positions).size).toBe(25)
  })

  it('goes on after the last event it saw, wherever that was', async () => {
    await tell('b1')
    const first = (await readTo('b1')).at(-1) as Event
    await tell('b2')
    await tell('b3')
    expect(marksOf(await readTo('b3', { after: first.position }))).toEqual(['b2', 'b3'])
    expect(marksOf(await readTo('b3', { after: first.position - 1 }))).toEqual(['b1', 'b2', 'b3'])
    const elsewhere = await house.another()
    const again: Event[] = []
    for await (const event of elsewhere.events.subscribe(house.owner, {
      after: first.position,
      signal: AbortSignal.timeout(10_000),
    })) {
      again.push(event)
      if (event.data.mark === 'b3') break
    }
    expect(marksOf(again)).toEqual(['b2', 'b3'])
  })

  it('without a place to go on from gets only what is new', async () => {
    await tell('c1')
    await readTo('c1')
    const controller = new AbortController()
    const events = house.engine.events.subscribe(house.owner, { signal: controller.signal })[Symbol.asyncIterator]()
    const next = events.next()
    // The reader has taken its place once it waits; nothing tells that from outside, so write until it hears.
    let written = 1
    const heard = next.then((result) => result.value?.data.mark as string)
    while (!(await Promise.race([heard.then(() => true), tell(`c${++written}`).then(() => false)])));
    expect(await heard).not.toBe('c1')
    controller.abort()
    expect((await events.next()).done).toBe(true)
  })

  it('of a run gets that run alone', async () => {
    await tell('d1', { runId: 'run_one' })
    await tell('d2', { runId: 'run_two' })
    await tell('d3', { runId: 'run_one' })
    expect(marksOf(await readTo('d3', { runId: 'run_one' }))).toEqual(['d1', 'd3'])
  })

  it('gets what its member may see, of its workspace alone', async () => {
    const member = await house.member('member')
    await tell('e1', { audience: [member.userId] })
    await tell('e2', { audience: [] })
    await tell('e3', { workspaceId: stranger.workspaceId })
    await tell('e4')
    await tell('e5', { workspaceId: stranger.workspaceId })
    const since = async (actor: Actor, last: string) =>
      marksOf(await readTo(last, { actor })).filter((mark) => String(mark).startsWith('e'))
    expect(await since(member, 'e4')).toEqual(['e1', 'e4'])
    expect(await since(house.owner, 'e4')).toEqual(['e4'])
    expect(await since(stranger, 'e5')).toEqual(['e3', 'e5'])
  })
})

describe('an event that commits late', () => {
  it('is not skipped by a reader who has seen later ones', async () => {
    const { workspaceId } = house.owner
    let seen = 0
    await house.engine.db.transaction(async (tx) => {
      // Written first, and still not committed while another one is written, published and read.
      await emit(tx, { workspaceId, type: 'run.progress', audience: null, data: { mark: 'late' } })
      await tell('early')
      seen = (await readTo('early')).at(-1)?.position as number
    })
    const rest = await readTo('late', { after: seen })
    expect(marksOf(rest)).toEqual(['late'])
  })

  it('is not skipped either while several processes publish and write at once', async () => {
    const others = await Promise.all([house.another(), house.another()])
    const start = ((await readTo('early')).at(-1) as Event).position
    const total = 60
    const reading = (async () => {
      const found: string[] = []
      const signal = AbortSignal.timeout(15_000)
      for await (const event of house.engine.events.subscribe(house.owner, { after: start, signal })) {
        const mark = String(event.data.mark)
        if (mark.startsWith('f') && found.push(mark) === total) return found
      }
      return found
    })()
    const writers = [0, 1, 2].map(async (writer) => {
      for (let number = 0; number < total / 3; number++) {
        await tell(`f${writer}.${number}`)
        await Promise.all(others.map((engine) => publish(engine.db)))
      }
    })
    await Promise.all(writers)
    const found = await reading
    expect(new Set(found).size).toBe(total)
    expect(found).toHaveLength(total)
    for (const writer of [0, 1, 2]) {
      const own = found.filter((mark) => mark.startsWith(`f${writer}.`)).map((mark) => Number(mark.split('.')[1]))
      expect(own).toEqual(Array.from({ length: total / 3 }, (_, index) => index))
    }
  })

  it('keeps the number that another publisher gave it between the look and the write of the next', async () => {
    const other = postgres(house.databaseUrl, { max: 1 })
    const publisher = 7_235_042
    await other`select pg_advisory_lock(${publisher})`
    await tell('g1')
    let position: number | undefined
    let publishing: Promise<number> | undefined
    await other.begin(async (tx) => {
      const [numbered] = await tx<{ position: string }[]>`
        update events set position = nextval('event_positions') where data->>'mark' = 'g1' returning position`
      position = Number(numbered?.position)
      // The next one may go, and still sees the event without a number.
      await tx`select pg_advisory_unlock(${publisher})`
      publishing = publish(house.engine.db)
      // Not asked within the transaction, which sees no newer activity than at its first look.
      await until(async () => {
        const waiting = await house.engine.db.execute(
          sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
        )
        return waiting.length > 0
      }, 'the next one waits for the row')
    })
    await publishing
    await other.end()
    expect((await readTo('g1')).at(-1)?.position).toBe(position)
  })

  it('is published by nobody when its transaction is undone', async () => {
    await expect(
      house.engine.db.transaction(async (tx) => {
        await emit(tx, {
          workspaceId: house.owner.workspaceId,
          type: 'run.progress',
          audience: null,
          data: { mark: 'undone' },
        })
        throw new Error('undone')
      }),
    ).rejects.toThrow('undone')
    await tell('after')
    expect(marksOf(await readTo('after'))).not.toContain('undone')
  })
})

describe('a deleted connection', () => {
  it('is told of to those who could see it, and to nobody else', async () => {
    const maker = await house.member('member')
    const input = { dataSource: 'notes', apiKey: 'some-key-0123456789' }
    const { id } = await house.engine.connections.create(maker, input)
    await house.engine.connections.update(maker, id, { visibility: 'only_me' })
    await house.engine.connections.delete(maker, id)
    const worker = await house.another()
    await house.work(worker)
    const deleted = async () => {
      const rows = await house.engine.db.select().from(schema.events)
      return rows.find((row) => row.type === 'connection.deleted' && row.connectionId === id)
    }
    expect(await until(deleted, 'the connection is erased')).toMatchObject({ audience: [maker.userId] })
    await tell('gone')
    const deletions = (events: readonly Event[]) => events.filter((event) => event.type === 'connection.deleted').length
    expect(deletions(await readTo('gone', { actor: maker }))).toBe(1)
    expect(deletions(await readTo('gone'))).toBe(0)
  })
})

describe('the outbox', () => {
  it('is emptied also when every signal is lost', async () => {
    // No emit: no NOTIFY either.
    await house.engine.db.execute(
      sql`insert into events (id, workspace_id, type, data) values ('evt_silent', ${house.owner.workspaceId}, 'run.progress', '{"mark":"silent"}')`,
    )
    await readTo('silent')
  })

  it('has no secret and no audience in what it gives', async () => {
    for (const event of await readTo('silent'))
      expect(Object.keys(event).sort()).toEqual([
        'authorizationId',
        'connectionId',
        'createdAt',
        'data',
        'id',
        'position',
        'runId',
        'type',
        'workspaceId',
      ])
  })
})
