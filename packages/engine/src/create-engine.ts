/** Puts the rooms together. Whoever has the engine can ask for work; `work` makes this process one that does it. */
import type { Logger } from '@wellhead/datasource-node'
import type { Egress, Registry } from '@wellhead/plugin-host'
import { createAudit } from './audit/audit.ts'
import { createClients } from './clients/clients.ts'
import { createConnections } from './connections/connections.ts'
import { connectDatabase } from './db/database.ts'
import { requireMigrated } from './db/migrate.ts'
import { sql } from './db/query.ts'
import { listenForSignals } from './db/signals.ts'
import { reasonOf } from './db/until-it-lands.ts'
import { createFolderBlobs } from './documents/blobs.ts'
import { createDocuments } from './documents/documents.ts'
import type { Engine } from './engine.ts'
import { EngineError } from './errors.ts'
import { startPublisher, subscribe } from './events/outbox.ts'
import { openQueueBackend } from './jobs/backend.ts'
import type { JobName, JobPayload } from './jobs/catalog.ts'
import { createProducer } from './jobs/producer.ts'
import type { Actor } from './model.ts'
import { redirectUriOf } from './oauth/attempt.ts'
import { createAuthorizations } from './oauth/authorizations.ts'
import { createPipelines } from './pipelines/pipelines.ts'
import { createAccess } from './refresh/access.ts'
import { createRuns } from './runs/runs.ts'
import { readFigures } from './telemetry/figures.ts'
import { createHealth } from './telemetry/health.ts'
import { createTally } from './telemetry/tally.ts'
import { requireScope } from './tenancy/access.ts'
import { createTokens } from './tenancy/tokens.ts'
import { defaultTimings, type Timings } from './timings.ts'
import { installationSecret } from './vault/installation-secret.ts'
import { parseKeyRing } from './vault/key-ring.ts'
import type { KeyService } from './vault/key-service.ts'
import { createVault } from './vault/vault.ts'
import { startWork, type Working, type WorkOptions } from './work.ts'

export interface EngineOptions {
  readonly databaseUrl: string
  /** Past a pooler, for LISTEN; the database URL itself when there is none. */
  readonly databaseDirectUrl?: string | undefined
  /** `redis://…`, `rediss://…` or `postgres://…`. */
  readonly queueUrl: string
  /** Absolute, without a trailing slash. */
  readonly publicUrl: string
  /** `id:base64,…`, the first one wraps new data keys; or a service that does. */
  readonly encryptionKeys: string | KeyService
  readonly registry: Registry
  /** The operator's OAuth clients, by data source: they become the default ones. Undefined: those stay as they are. */
  readonly oauthClients: Readonly<Record<string, { clientId: string; clientSecret: string }>> | undefined
  /** Where content goes that is too large for a row. */
  readonly blobDir: string
  /** Most bytes of one document. Default 1 GiB. */
  readonly maxDocumentBytes?: number
  readonly queuePrefix?: string
  readonly databasePool?: number
  readonly log: Logger
  readonly timings?: Partial<Timings>
}

export interface WorkingEngine extends Engine {
  /** Makes this process a worker. The egress is given here, as nothing else may talk to providers. */
  work(options: { egress: Egress } & WorkOptions): Promise<Working>
}

export async function createEngine(options: EngineOptions): Promise<WorkingEngine> {
  const { registry, log } = options
  const timings: Timings = { ...defaultTimings, ...options.timings }
  const publicUrl = parsePublicUrl(options.publicUrl)
  const { encryptionKeys } = options
  const keyService = typeof encryptionKeys === 'string' ? parseKeyRing(encryptionKeys) : encryptionKeys
  const directUrl = options.databaseDirectUrl ?? options.databaseUrl
  const { db, close: closeDatabase } = connectDatabase(options.databaseUrl, {
    max: options.databasePool ?? 10,
    pooled: options.databaseDirectUrl !== undefined && options.databaseDirectUrl !== options.databaseUrl,
  })
  const opened: { close(): Promise<unknown> }[] = [{ close: closeDatabase }]
  try {
    await requireMigrated(db)
    const vault = createVault(db, keyService)
    await vault.verify()
    const signals = await listenForSignals(directUrl)
    opened.unshift(signals)
    const backend = openQueueBackend(options.queueUrl, options.queuePrefix ? { prefix: options.queuePrefix } : {})
    opened.unshift(backend)
    const producer = createProducer(backend)
    opened.unshift(producer)

    const offer = async <Name extends JobName>(name: Name, payload: JobPayload<Name>): Promise<void> => {
      await within(2_000, producer.enqueue(name, [payload])).catch((error) =>
        log.warn('the queue cannot be reached; the sweep will bring this work', { job: name, error: reasonOf(error) }),
      )
    }
    const offerRun = async (runId: string): Promise<void> => {
      await within(2_000, producer.enqueueRun(runId)).catch((error) =>
        log.warn('the queue cannot be reached; the sweep will bring this run', { runId, error: reasonOf(error) }),
      )
    }

    const tally = createTally(registry)
    const audit = createAudit(db)
    const clients = createClients(db, vault, audit)
    if (options.oauthClients) await clients.configure(options.oauthClients)
    const access = createAccess({
      db,
      signals,
      vault,
      timings,
      enqueueRefresh: (connectionId, seenGeneration) => offer('connection.refresh', { connectionId, seenGeneration }),
      onServed: (connection) => tally.credentialServed(connection.dataSource, connection.status === 'degraded'),
    })
    const blobs = createFolderBlobs(options.blobDir)
    const documents = createDocuments(db, blobs)
    const connectionsRoom = createConnections({ db, signals, vault, audit, registry, access, timings, offer })
    const authorizations = createAuthorizations({
      db,
      signals,
      vault,
      audit,
      clients,
      registry,
      publicUrl,
      timings,
      offer,
    })
    const pipelines = createPipelines({ db, registry, audit })
    const runs = createRuns({
      db,
      signals,
      vault,
      audit,
      registry,
      connections: connectionsRoom,
      pipelines,
      documents,
      timings,
      offerRun,
    })
    const publisher = startPublisher(db, signals, {
      pollMs: timings.pollMs * 4,
      onError: (error) => log.warn('events could not be published; trying again', { error: reasonOf(error) }),
      onNumbered: (event) => tally.published(event),
    })
    opened.unshift({ close: () => publisher.stop() })

    const { touch: _, forUse: __, ...connectionsFacade } = connectionsRoom
    const { ofRun: ___, ...documentsFacade } = documents
    const { nodeRun: ____, ...pipelinesFacade } = pipelines
    const working: Working[] = []

    return {
      db,
      dataSources: {
        list: async (actor) => Promise.all(registry.all().map((hosted) => dataSourceView(actor, hosted.source.id))),
        get: (actor, id) => dataSourceView(actor, id),
      },
      clients: {
        get: (actor, dataSource) => {
          requireOAuth(dataSource)
          return clients.get(actor, dataSource)
        },
        put: (actor, dataSource, client) => {
          requireScope(actor, 'clients:write')
          requireOAuth(dataSource)
          return clients.put(actor, dataSource, client)
        },
        delete: (actor, dataSource) => {
          requireScope(actor, 'clients:write')
          requireOAuth(dataSource)
          return clients.delete(actor, dataSource)
        },
      },
      connections: connectionsFacade,
      authorizations,
      pipelines: pipelinesFacade,
      runs,
      documents: documentsFacade,
      events: {
        subscribe(actor, { after, runId, signal }) {
          requireScope(actor, runId === undefined ? 'events:read' : 'runs:read')
          return subscribe(db, signals, actor, { after, runId, signal, pollMs: timings.pollMs * 4 })
        },
      },
      audit: {
        async list(actor, page) {
          requireScope(actor, 'audit:read')
          return audit.list(actor, page)
        },
      },
      tenancy: createTokens(db, audit),
      health: {
        async ready() {
          const [database, queue] = await Promise.all([
            within(2_000, db.execute(sql`select 1`)).then(
              () => true,
              () => false,
            ),
            within(2_000, backend.ping()).catch(() => false),
          ])
          return { database, queue }
        },
        of: createHealth(db, () => within(2_000, producer.counts()).catch(() => null)),
        figures: () => readFigures(db, registry, () => within(2_000, producer.counts()).catch(() => [])),
        tally: () => tally.text(),
      },
      signingSecret: (name, former) => installationSecret(db, vault, name, former),
      async work({ egress, ...workOptions }) {
        const worker = await startWork(
          {
            db,
            signals,
            vault,
            clients,
            registry,
            access,
            blobs,
            backend,
            producer,
            egress,
            tally,
            timings,
            log,
            maxDocumentBytes: options.maxDocumentBytes ?? 1024 ** 3,
          },
          workOptions,
        )
        working.push(worker)
        return worker
      },
      async close() {
        await Promise.all(working.map((worker) => worker.drain()))
        for (const thing of opened) await thing.close()
      },
    }

    async function dataSourceView(actor: Actor, id: string) {
      const hosted = registry.get(id)
      if (!hosted) throw new EngineError('data_source_not_found', `There is no data source ${id}.`)
      const usesOAuth = hosted.source.auth.some((spec) => spec.method === 'oauth2')
      const selected = usesOAuth ? await clients.selected(actor.workspaceId, id) : undefined
      return {
        hosted,
        redirectUri: usesOAuth ? redirectUriOf(publicUrl, id) : null,
        oauthClient: !usesOAuth
          ? ('not_applicable' as const)
          : !selected
            ? ('missing' as const)
            : selected.workspaceId === null
              ? ('default' as const)
              : ('custom' as const),
        defaultClientOffered: usesOAuth && (await clients.defaultOf(id)) !== undefined,
      }
    }

    function requireOAuth(id: string): void {
      const hosted = registry.get(id)
      if (!hosted) throw new EngineError('data_source_not_found', `There is no data source ${id}.`)
      if (!hosted.source.auth.some((spec) => spec.method === 'oauth2'))
        throw new EngineError('method_not_supported', `${hosted.source.name} is not connected by OAuth.`)
    }
  } catch (error) {
    for (const thing of opened) await thing.close().catch(() => {})
    throw error
  }
}

function parsePublicUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.search || url.hash)
    throw new Error(`WELLHEAD_PUBLIC_URL must be an absolute http(s) URL, not "${value}".`)
  return url.href.replace(/\/$/, '')
}

async function within<Value>(ms: number, promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
