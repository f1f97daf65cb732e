/** The audit trail, and what time ends by itself. */

import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAudit } from '../src/audit/audit.ts'
import { eq, sql } from '../src/db/query.ts'
import { createFolderBlobs } from '../src/documents/blobs.ts'
import { type Actor, type AuditEntry, schema } from '../src/index.ts'
import { keepHouse } from '../src/jobs/housekeeping.ts'
import { defaultTimings } from '../src/timings.ts'
import { connect, refusal, strangerOf } from './beginnings.ts'
import { type House, openHouse, until } from './house.ts'
import { type NotesProvider, notes, startNotes } from './notes.ts'

let house: House
let provider: NotesProvider
let stranger: Actor

beforeAll(async () => {
  provider = await startNotes()
  house = await openHouse({
    builtin: { notes: async () => ({ default: notes }) },
    overrides: { notes: { endpoints: { api: provider.origin } } },
  })
  await house.work()
  stranger = await strangerOf(house)
})
afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  await provider?.close()
})

async function trail(actor: Actor, limit = 50): Promise<AuditEntry[]> {
  const found: AuditEntry[] = []
  let cursor: string | null = null
  do {
    const page = await house.engine.audit.list(actor, { limit, ...(cursor === null ? {} : { cursor }) })
    found.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null)
  return found
}

describe('the audit trail', () => {
  it('says who did what, newest first, and keeps no secret', async () => {
    const token = { id: 'tok_audit', scopes: ['credentials:read' as const] }
    const { id } = await connect(house, house.owner, { dataSource: 'notes', apiKey: provider.key })
    await house.engine.connections.accessToken({ ...house.owner, token }, id, {})
    const editor = await house.member('editor')
    await house.engine.connections.update(house.owner, id, { name: 'Audited', apiKey: provider.key })
    await house.engine.connections.delete(editor, id)
    await until(
      async () => (await trail(house.owner)).some(({ action }) => action === 'connection.erase'),
      'the erasure is recorded',
    )
    const entries = (await trail(house.owner)).filter(({ subject }) => subject === id)
    expect(entries.map(({ action, actor }) => [action, actor.userId, actor.tokenId])).toEqual([
      ['connection.erase', editor.userId, null],
      ['connection.delete', editor.userId, null],
      ['connection.update', house.owner.userId, null],
      ['credential.read', house.owner.userId, 'tok_audit'],
      ['connection.create', house.owner.userId, null],
    ])
    expect(JSON.stringify(entries)).not.toContain(provider.key)
  })

  it('has the entry of a credential before the credential is given', async () => {
    const { id } = await connect(house, house.owner, { dataSource: 'notes', apiKey: provider.key })
    const reads = async () =>
      (await trail(house.owner)).filter((entry) => entry.subject === id && entry.action === 'credential.read')
    const blocker = postgres(house.databaseUrl, { max: 1 })
    let given = false
    let giving: Promise<unknown> | undefined
    await blocker.begin(async (tx) => {
      await tx`lock table audit_entries in exclusive mode`
      giving = house.engine.connections.accessToken(house.owner, id, {}).then(() => {
        given = true
      })
      await until(async () => {
        const rows = await tx`select 1 from pg_locks where relation = 'audit_entries'::regclass and not granted`
        return rows.length > 0
      }, 'the entry waits to be written')
      expect(given).toBe(false)
    })
    await giving
    await blocker.end()
    expect(await reads()).toHaveLength(1)
  })

  it('takes many entries of one moment, each of them once', async () => {
    const { id } = await connect(house, house.owner, { dataSource: 'notes', apiKey: provider.key })
    await Promise.all(Array.from({ length: 120 }, () => house.engine.connections.accessToken(house.owner, id, {})))
    const reads = (await trail(house.owner, 7)).filter(
      (entry) => entry.subject === id && entry.action === 'credential.read',
    )
    expect(reads).toHaveLength(120)
    expect(new Set(reads.map((entry) => entry.id)).size).toBe(120)
  })

  it('loses no entry over another of the same moment that cannot be written', async () => {
    const audit = createAudit(house.engine.db)
    const nobody: Actor = { ...house.owner, userId: null as never }
    const outcomes = await Promise.allSettled(
      [house.owner, nobody, house.owner, house.owner].map((actor, index) =>
        audit.record(actor, { action: 'test.done', subject: `subject${index}` }),
      ),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    const subjects = (await trail(house.owner))
      .filter(({ action }) => action === 'test.done')
      .map(({ subject }) => subject)
    expect(subjects.sort()).toEqual(['subject0', 'subject2', 'subject3'])
  })

  it('is read by its own workspace alone, with its own cursors', async () => {
    expect(await trail(stranger)).toEqual([])
    for (const cursor of ['', 'x', '1e3', '-1', ' 7', '9007199254740993'])
      expect(await refusal(house.engine.audit.list(house.owner, { cursor })), cursor).toBe('invalid_cursor')
  })
})

describe('housekeeping', () => {
  const clean = () =>
    keepHouse({
      db: house.engine.db,
      blobs: createFolderBlobs(house.blobDir),
      timings: defaultTimings,
      log: { debug() {}, info() {}, warn() {}, error() {} },
    })
  const longAgo = () => new Date(Date.now() - defaultTimings.retentionMs - 60_000)

  it('forgets events that were published long ago, and keeps the others', async () => {
    const { db } = house.engine
    const event = { workspaceId: house.owner.workspaceId, type: 'run.progress', data: {} } as const
    await db.insert(schema.events).values([
      { ...event, id: 'evt_old', createdAt: longAgo(), position: sql`nextval('event_positions')` },
      { ...event, id: 'evt_new', position: sql`nextval('event_positions')` },
    ])
    await clean()
    const left = (await db.select({ id: schema.events.id }).from(schema.events)).map(({ id }) => id)
    expect(left).toContain('evt_new')
    expect(left).not.toContain('evt_old')
  })

  it('forgets runs that ended long ago, and keeps those that did not end', async () => {
    const { id: connectionId } = await connect(house, house.owner, { dataSource: 'notes', apiKey: provider.key })
    const { db } = house.engine
    const row = {
      workspaceId: house.owner.workspaceId,
      dataSource: 'notes',
      connectionId,
      requestedBy: house.owner.userId,
      operation: 'list_pages',
      parameters: {},
      deadlineAt: new Date(Date.now() + 3_600_000),
      createdAt: longAgo(),
    } as const
    await db.insert(schema.runs).values([
      { ...row, id: 'run_old', status: 'completed', finishedAt: longAgo() },
      { ...row, id: 'run_new', status: 'completed', finishedAt: new Date() },
      { ...row, id: 'run_open', status: 'running' },
    ])
    await clean()
    const left = await db
      .select({ id: schema.runs.id })
      .from(schema.runs)
      .where(eq(schema.runs.connectionId, connectionId))
    expect(left.map(({ id }) => id).sort()).toEqual(['run_new', 'run_open'])
  })

  it('goes on when something cannot be erased', async () => {
    const { db } = house.engine
    await db.insert(schema.blobErasures).values([{ blobKey: '../outside' }, { blobKey: 'doc_gone' }])
    await clean()
    const left = await db.select().from(schema.blobErasures)
    expect(left.map(({ blobKey }) => blobKey)).toEqual(['../outside'])
    await db.delete(schema.blobErasures)
  })

  it('does no harm when several processes do it at once', async () => {
    await house.engine.db.insert(schema.blobErasures).values({ blobKey: 'doc_twice' })
    await Promise.all([clean(), clean(), clean()])
    expect(await house.engine.db.select().from(schema.blobErasures)).toEqual([])
  })
})
