/** Visibility holds at every door alike: who may not see a connection finds nothing of it anywhere, whatever the role. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eq } from '../src/db/query.ts'
import { type Actor, type Connection, type Event, schema, type Visibility } from '../src/index.ts'
import { connect, refusal, run, strangerOf } from './beginnings.ts'
import { type House, openHouse } from './house.ts'
import { type NotesProvider, notes, startNotes } from './notes.ts'

let house: House
let provider: NotesProvider
let maker: Actor
let chosen: Actor
let other: Actor
let stranger: Actor

beforeAll(async () => {
  provider = await startNotes()
  house = await openHouse({
    builtin: { notes: async () => ({ default: notes }) },
    overrides: { notes: { endpoints: { api: provider.origin } } },
  })
  await house.work()
  maker = await house.member('member')
  chosen = await house.member('member')
  other = await house.member('member')
  stranger = await strangerOf(house)
})
afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  await provider?.close()
})

let marks = 0

/** Every event of before that an actor may see: read until one that is written now, for everybody in his workspace. */
async function eventsOf(actor: Actor): Promise<Event[]> {
  const mark = `mark ${++marks}`
  await house.engine.db.insert(schema.events).values({
    id: `evt_${marks}`,
    workspaceId: actor.workspaceId,
    type: 'run.progress',
    audience: null,
    data: { mark },
  })
  const found: Event[] = []
  for await (const event of house.engine.events.subscribe(actor, { after: 0, signal: AbortSignal.timeout(10_000) })) {
    if (event.data.mark === mark) return found
    found.push(event)
  }
  expect.fail('The mark was not published.')
}

const doors: Record<string, (actor: Actor, seen: Seen) => Promise<unknown>> = {
  get: (actor, { connection }) => house.engine.connections.get(actor, connection.id),
  'read the history of': (actor, { connection }) => house.engine.connections.history(actor, connection.id, {}),
  rename: (actor, { connection }) => house.engine.connections.update(actor, connection.id, { name: 'Mine now' }),
  delete: (actor, { connection }) => house.engine.connections.delete(actor, connection.id),
  validate: (actor, { connection }) => house.engine.connections.validate(actor, connection.id),
  refresh: (actor, { connection }) => house.engine.connections.refresh(actor, connection.id, {}),
  'wait for': (actor, { connection }) =>
    house.engine.connections.settled(
      actor,
      connection.id,
      { connectionId: connection.id, work: 'validate', sequence: 1 },
      0,
    ),
  'read the credential of': (actor, { connection }) => house.engine.connections.accessToken(actor, connection.id, {}),
  'run on': (actor, { connection }) =>
    house.engine.runs.create(actor, { dataSource: 'notes', connectionId: connection.id, operation: 'list_pages' }),
  'see a run of': (actor, { runId }) => house.engine.runs.get(actor, runId),
  'cancel a run of': (actor, { runId }) => house.engine.runs.cancel(actor, runId),
  'wait for a run of': (actor, { runId }) => house.engine.runs.settled(actor, runId, 0),
  'list documents of': (actor, { runId }) => house.engine.runs.documents(actor, runId, {}),
  'see a document of': (actor, { documentId }) => house.engine.documents.get(actor, documentId),
  'read a document of': (actor, { documentId }) => house.engine.documents.content(actor, documentId),
}
const notFound = ['connection_not_found', 'run_not_found', 'document_not_found']

interface Seen {
  readonly connection: Connection
  readonly runId: string
  readonly documentId: string
}

describe.each([
  ['only_me', 'its maker', () => [maker], () => [chosen, other, house.owner, stranger]],
  ['members', 'its maker and the chosen', () => [maker, chosen], () => [other, house.owner, stranger]],
  ['workspace', 'its workspace', () => [maker, chosen, other, house.owner], () => [stranger]],
] as [Visibility, string, () => Actor[], () => Actor[]][])('a connection for %s: %s', (visibility, _, may, mayNot) => {
  let seen: Seen

  beforeAll(async () => {
    const made = await connect(house, maker, { dataSource: 'notes', apiKey: provider.key, name: visibility })
    const connection = await house.engine.connections.update(maker, made.id, {
      visibility,
      ...(visibility === 'members' ? { memberIds: [chosen.userId] } : {}),
    })
    const finished = await run(house, maker, {
      dataSource: 'notes',
      connectionId: made.id,
      operation: 'read_pages',
      parameters: { pages: [{ id: '1' }] },
    })
    expect(finished.status).toBe('completed')
    const [document] = await house.engine.runs.documents(maker, finished.id, {})
    seen = { connection, runId: finished.id, documentId: document?.id as string }
  })

  it('is listed, with its runs, for those who may see it and nobody else', async () => {
    const lists = async (actor: Actor) => {
      const connections = await house.engine.connections.list(actor, { dataSource: 'notes' })
      const runs = await house.engine.runs.list(actor, {})
      const runsOfIt = await house.engine.runs.list(actor, { connectionId: seen.connection.id })
      return [
        connections.items.some(({ id }) => id === seen.connection.id),
        runs.items.some(({ id }) => id === seen.runId),
        runsOfIt.items.length === 1,
      ]
    }
    for (const actor of may()) expect(await lists(actor), actor.userId).toEqual([true, true, true])
    for (const actor of mayNot()) expect(await lists(actor), actor.userId).toEqual([false, false, false])
  })

  it.each(Object.keys(doors))('nobody else can %s it', async (door) => {
    const open = doors[door] as (typeof doors)[string]
    for (const actor of mayNot()) expect(notFound, actor.userId).toContain(await refusal(open(actor, seen)))
  })

  it.each([
    'get',
    'read the history of',
    'read the credential of',
    'see a run of',
    'list documents of',
    'read a document of',
  ])('those who may can %s it', async (door) => {
    const open = doors[door] as (typeof doors)[string]
    for (const actor of may()) expect(await refusal(open(actor, seen)), actor.userId).toBeUndefined()
  })

  it('tells its events to those who may see it and nobody else', async () => {
    const ofRun = async (actor: Actor) =>
      (await eventsOf(actor)).filter((event) => event.runId === seen.runId).map((event) => event.type)
    for (const actor of may()) expect(await ofRun(actor), actor.userId).toContain('run.completed')
    for (const actor of mayNot()) expect(await ofRun(actor), actor.userId).toEqual([])
  })
})

describe('the connection that a run takes by itself', () => {
  const list = { dataSource: 'notes', operation: 'list_pages' } as const

  it('is the default only for those who may see it; else the only one they see', async () => {
    const { items } = await house.engine.connections.list(maker, {})
    const id = (name: string) => items.find((item) => item.name === name)?.id as string
    await house.engine.connections.update(maker, id('only_me'), { isDefault: true })
    expect((await house.engine.runs.create(maker, list)).connectionId).toBe(id('only_me'))
    expect((await house.engine.runs.create(other, list)).connectionId).toBe(id('workspace'))
    expect(await refusal(house.engine.runs.create(chosen, list))).toBe('no_default_connection')
    expect(await refusal(house.engine.runs.create(stranger, list))).toBe('no_default_connection')
  })
})

describe('choosing who may see it', () => {
  it('takes members of this workspace only, and forgets them with another visibility', async () => {
    const { id } = await connect(house, maker, { dataSource: 'notes', apiKey: provider.key, name: 'choice' })
    const update = (patch: Parameters<House['engine']['connections']['update']>[2]) =>
      house.engine.connections.update(maker, id, patch)
    expect(await refusal(update({ visibility: 'members', memberIds: [stranger.userId] }))).toBe('invalid_parameters')
    expect(await refusal(update({ memberIds: [chosen.userId] }))).toBe('invalid_parameters')
    expect((await update({ visibility: 'members', memberIds: [chosen.userId] })).memberIds).toEqual([chosen.userId])
    expect((await update({ visibility: 'only_me' })).memberIds).toEqual([])
    expect((await update({ visibility: 'members' })).memberIds).toEqual([])
    expect(await refusal(house.engine.connections.get(chosen, id))).toBe('connection_not_found')
  })

  it('answers an editor who chose people without himself', async () => {
    const editor = await house.member('editor')
    const { id } = await connect(house, maker, { dataSource: 'notes', apiKey: provider.key, name: 'given away' })
    const left = await house.engine.connections.update(editor, id, { visibility: 'members', memberIds: [other.userId] })
    expect(left).toMatchObject({ visibility: 'members', memberIds: [other.userId] })
    expect(await refusal(house.engine.connections.get(editor, id))).toBe('connection_not_found')
  })

  it('ends for a member who leaves the workspace: no actor, no events', async () => {
    const leaver = await house.member('member')
    const { id } = await connect(house, maker, { dataSource: 'notes', apiKey: provider.key, name: 'left' })
    await house.engine.connections.update(maker, id, { visibility: 'members', memberIds: [leaver.userId] })
    expect(await refusal(house.engine.connections.get(leaver, id))).toBeUndefined()
    await house.engine.db.delete(schema.members).where(eq(schema.members.userId, leaver.userId))
    expect(await house.engine.tenancy.memberActor(leaver.userId, leaver.workspaceId)).toBeUndefined()
  })
})
