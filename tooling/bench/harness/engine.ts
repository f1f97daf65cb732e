/**
 * What the benches take from inside the engine: its vault, to make connections in bulk and to open them with bare means, and one
 * sweep. Loaded by URL, as none of it is for other packages to use.
 */
import type { KeyObject } from 'node:crypto'
import { type AccessToken, type Actor, createEngine, type Timings, type WorkingEngine } from '@wellhead/engine'
import { loadDataSources } from '@wellhead/plugin-host'
import type { Arena } from './arena.ts'

/** An engine in this process, as the API has it. */
export async function openEngine(
  { folder, installation }: Arena,
  options: { databaseUrl: string; queueUrl: string; queuePrefix?: string; plugins?: readonly string[] },
): Promise<WorkingEngine> {
  const { plugins = [], ...urls } = options
  return createEngine({
    ...urls,
    publicUrl: 'http://localhost:1',
    encryptionKeys: installation.encryptionKeys,
    registry: await loadDataSources({ builtin: {}, plugins, baseDir: folder, overrides: {} }),
    oauthClients: undefined,
    blobDir: `${folder}/blobs`,
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })
}

const load = (file: string): Promise<unknown> =>
  import(new URL(`../../../packages/engine/src/${file}`, import.meta.url).href)

export interface Sealed {
  readonly sealed: Buffer
  readonly keyId: string
}

export interface Secret {
  readonly accessToken: string
  readonly refreshToken: string
}

export interface Rooms extends AsyncDisposable {
  seal(workspaceId: string, connectionId: string, secret: Secret): Promise<Sealed>
  open(workspaceId: string, connectionId: string, sealed: Sealed): Promise<Secret>
  /** What the bare sides encrypt and decrypt with. */
  dataKey(workspaceId: string): Promise<{ readonly id: string; readonly key: KeyObject }>
  /** What `connections.accessToken` does before it writes down that it does. */
  read(actor: Actor, connectionId: string): Promise<AccessToken>
  /** One sweep, whose finds go nowhere. How many there were. */
  sweep(timings: Partial<Timings>): Promise<number>
}

interface Place {
  readonly workspaceId: string
  readonly table: 'credentials'
  readonly row: string
}

export async function openRooms(databaseUrl: string, encryptionKeys: string): Promise<Rooms> {
  const [database, ring, vaults, services, keys, sweeps, limits, reads, accesses] = (await Promise.all(
    [
      'db/database.ts',
      'vault/key-ring.ts',
      'vault/vault.ts',
      'vault/key-service.ts',
      'vault/data-keys.ts',
      'jobs/sweep.ts',
      'timings.ts',
      'connections/reads.ts',
      'refresh/access.ts',
    ].map(load),
  )) as [
    {
      connectDatabase(url: string, options: { max: number; pooled: boolean }): { db: unknown; close(): Promise<void> }
    },
    { parseKeyRing(keys: string): unknown },
    {
      createVault(
        db: unknown,
        ring: unknown,
      ): { seal(place: Place, value: object): Promise<Sealed>; open(place: Place, sealed: Sealed): Promise<Secret> }
    },
    { askInTime(service: unknown): unknown },
    {
      createDataKeys(
        db: unknown,
        keys: unknown,
        options: { recheckMs: number },
      ): { primary(workspaceId: string): Promise<{ id: string; key: KeyObject }> }
    },
    { sweepOnce(db: unknown, producer: object, timings: object, log: object): Promise<{ rows: number }> },
    { defaultTimings: Timings },
    { createReads(db: unknown): (actor: Actor, connectionId: string) => Promise<{ loaded: object }> },
    {
      createAccess(options: object): {
        accessToken(connectionId: string, wanted: object, caller: { read(): Promise<object> }): Promise<AccessToken>
      }
    },
  ]
  const { db, close } = database.connectDatabase(databaseUrl, { max: 10, pooled: false })
  const service = ring.parseKeyRing(encryptionKeys)
  const vault = vaults.createVault(db, service)
  const dataKeys = keys.createDataKeys(db, services.askInTime(service), { recheckMs: 60_000 })
  const place = (workspaceId: string, row: string): Place => ({ workspaceId, table: 'credentials', row })
  const read = reads.createReads(db)
  // Nothing is due, so nobody is asked for a refresh.
  const access = accesses.createAccess({ db, vault, timings: limits.defaultTimings, signals: {} })
  const nowhere = { enqueue: async () => {}, enqueueRun: async () => {}, waiting: async () => 0 }
  return {
    seal: (workspaceId, id, secret) => vault.seal(place(workspaceId, id), secret),
    open: (workspaceId, id, sealed) => vault.open(place(workspaceId, id), sealed),
    dataKey: (workspaceId) => dataKeys.primary(workspaceId),
    read: (actor, id) => access.accessToken(id, {}, { read: async () => (await read(actor, id)).loaded }),
    async sweep(timings) {
      const log = { warn: (text: string) => fail(text) }
      return (await sweeps.sweepOnce(db, nowhere, { ...limits.defaultTimings, ...timings }, log)).rows
    },
    [Symbol.asyncDispose]: close,
  }
}

/** The queue of a worker, past the engine that would fill it. */
export interface Queue extends AsyncDisposable {
  /** As the engine does: its preflight first. */
  enqueueRun(runId: string): Promise<void>
  /** Its execution alone. */
  enqueueExecution(runId: string): Promise<void>
}

export async function openQueue(url: string, prefix: string): Promise<Queue> {
  const [backends, producers] = (await Promise.all(['jobs/backend.ts', 'jobs/producer.ts'].map(load))) as [
    { openQueueBackend(url: string, options: { prefix: string }): { close(): Promise<void> } },
    {
      createProducer(backend: object): {
        enqueue(name: 'run.execute', payloads: readonly { runId: string }[]): Promise<void>
        enqueueRun(runId: string): Promise<void>
        close(): Promise<void>
      }
    },
  ]
  const backend = backends.openQueueBackend(url, { prefix })
  const producer = producers.createProducer(backend)
  return {
    enqueueRun: producer.enqueueRun,
    enqueueExecution: (runId) => producer.enqueue('run.execute', [{ runId }]),
    async [Symbol.asyncDispose]() {
      await producer.close()
      await backend.close()
    },
  }
}

function fail(text: string): never {
  throw new Error(text)
}
