/** An engine on a database of its own, with a data source over a small provider on loopback. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEgress, loadDataSources } from '@wellhead/plugin-host'
import { createTestDatabase } from '@wellhead/test-services'
import { expect } from 'vitest'
import { type Actor, createEngine, type EngineOptions, schema, type Timings, type WorkingEngine } from '../src/index.ts'

export const encryptionKeys = `test:${randomBytes(32).toString('base64')}`

/** Limits scaled down, so that what takes minutes in production is waited for in a test. */
export const quickTimings = {
  pollMs: 50,
  sweepMs: 100,
  horizonMs: 1_000,
  backoffMs: 100,
  longestBackoffMs: 1_000,
  runLeaseMs: 1_500,
  leaseMs: 6_000,
  tokenCallMs: 4_000,
  callerWaitMs: 10_000,
  breakerOpenMs: 300,
  drainMs: 5_000,
} satisfies Partial<Timings>

export interface House extends AsyncDisposable {
  readonly engine: WorkingEngine
  readonly databaseUrl: string
  readonly registry: EngineOptions['registry']
  readonly blobDir: string
  readonly owner: Actor
  /** Another engine on the same database, as another process would have it. */
  another(options?: Partial<EngineOptions>): Promise<WorkingEngine>
  member(role: Actor['role']): Promise<Actor>
  work(engine?: WorkingEngine): Promise<void>
  logs: unknown[]
}

export async function openHouse(options: {
  plugins?: readonly string[]
  builtin?: Record<string, () => Promise<unknown>>
  overrides?: NonNullable<Parameters<typeof loadDataSources>[0]['overrides']>
  oauthClients?: EngineOptions['oauthClients']
  queue?: { url: string; prefix: string }
  timings?: Partial<Timings>
}): Promise<House> {
  const database = await createTestDatabase()
  const blobDir = await mkdtemp(join(tmpdir(), 'wellhead-blobs-'))
  const registry = await loadDataSources({
    builtin: options.builtin ?? {},
    plugins: options.plugins ?? [],
    baseDir: import.meta.dirname,
    overrides: options.overrides ?? {},
  })
  const logs: unknown[] = []
  const write = (level: string) => (message: string, fields?: Record<string, unknown>) =>
    void logs.push({ level, message, ...fields })
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  const opened: WorkingEngine[] = []
  const open = async (more: Partial<EngineOptions> = {}) => {
    const engine = await createEngine({
      databaseUrl: database.url,
      queueUrl: options.queue?.url ?? database.url,
      ...(options.queue ? { queuePrefix: options.queue.prefix } : {}),
      publicUrl: 'http://localhost:3400',
      encryptionKeys,
      registry,
      oauthClients: options.oauthClients ?? {},
      blobDir,
      databasePool: 5,
      log,
      timings: { ...quickTimings, ...options.timings },
      ...more,
    })
    opened.push(engine)
    return engine
  }
  const engine = await open()
  const egress = createEgress({ allow: ['127.0.0.0/8'] })
  const workspaceId = 'workspace1'
  await engine.db.insert(schema.workspaces).values({ id: workspaceId, name: 'Acme', slug: 'acme' })
  let people = 0
  const member = async (role: Actor['role']): Promise<Actor> => {
    const number = ++people
    const userId = `user${number}`
    await engine.db.insert(schema.users).values({ id: userId, name: userId, email: `${userId}@acme.test` })
    await engine.db.insert(schema.members).values({ id: `member${number}`, organizationId: workspaceId, userId, role })
    return { workspaceId, userId, role, token: null }
  }
  return {
    engine,
    databaseUrl: database.url,
    registry,
    blobDir,
    owner: await member('owner'),
    another: open,
    member,
    logs,
    async work(which = engine) {
      await which.work({ egress })
    },
    async [Symbol.asyncDispose]() {
      for (const each of opened) await each.close()
      await egress.close()
      await rm(blobDir, { recursive: true, force: true })
      await database[Symbol.asyncDispose]()
    },
  }
}

/** Waits for a condition; the deadline only bounds a failing test. */
export async function until<Value>(
  look: () => Promise<Value | undefined | false>,
  what: string,
  timeoutMs = 20_000,
): Promise<Value> {
  const giveUpAt = performance.now() + timeoutMs
  for (;;) {
    const value = await look()
    if (value !== undefined && value !== false) return value
    if (performance.now() > giveUpAt) expect.fail(`It did not happen: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
