/** What a worker does: takes jobs, sweeps for due work, keeps house, and drains when told to stop. */
import type { Logger } from '@wellhead/datasource-node'
import type { Egress, Registry } from '@wellhead/plugin-host'
import pLimit from 'p-limit'
import type { Clients } from './clients/clients.ts'
import { createContexts } from './connections/contexts.ts'
import { eraseConnection } from './connections/erase.ts'
import { validateConnection } from './connections/validate.ts'
import type { Database } from './db/database.ts'
import type { Signals } from './db/signals.ts'
import { reasonOf } from './db/until-it-lands.ts'
import type { Blobs } from './documents/blobs.ts'
import { EngineError } from './errors.ts'
import type { QueueBackend } from './jobs/backend.ts'
import { type Processors, type QueueName, REFRESHES_OF_A_JOB } from './jobs/catalog.ts'
import { defaultConcurrency, startConsumers } from './jobs/consumers.ts'
import { keepHouse } from './jobs/housekeeping.ts'
import type { Producer } from './jobs/producer.ts'
import { sweepOnce } from './jobs/sweep.ts'
import { startTimer } from './jobs/timer.ts'
import { processAuthorization } from './oauth/authorize.ts'
import { createTokenClient } from './oauth/token-client.ts'
import type { Access } from './refresh/access.ts'
import { createPostgresStore } from './refresh/store.ts'
import { executeRun } from './runs/execute.ts'
import { preflightRun } from './runs/preflight.ts'
import { observedRefresher } from './telemetry/observed-refresher.ts'
import { observedTokens } from './telemetry/observed-tokens.ts'
import type { Tally } from './telemetry/tally.ts'
import type { Timings } from './timings.ts'
import type { Vault } from './vault/vault.ts'

export interface WorkOptions {
  /** Jobs under way; of `refresh-background`, refreshes. */
  readonly concurrency?: Partial<Record<QueueName, number>>
}

export interface Working {
  /** Takes no more work, waits for what is in hand, and hands on what takes too long. */
  drain(): Promise<void>
}

interface WorkDeps {
  readonly db: Database
  readonly signals: Signals
  readonly vault: Vault
  readonly clients: Clients
  readonly registry: Registry
  readonly access: Access
  readonly blobs: Blobs
  readonly backend: QueueBackend
  readonly producer: Producer
  readonly egress: Egress
  readonly tally: Tally
  readonly timings: Timings
  readonly maxDocumentBytes: number
  readonly log: Logger
}

const HOUSEKEEPING_MS = 60_000

/** While there is more to enqueue, a worker rests so many times as long as its sweep took. */
const REST_OF_SWEEPS = 4

export async function startWork(deps: WorkDeps, options: WorkOptions): Promise<Working> {
  const { db, timings, log, tally } = deps
  const tokens = observedTokens(createTokenClient(deps.egress), deps.registry, tally)
  const refresher = observedRefresher(createPostgresStore(deps), { ...deps, tokens }, tally)
  const contexts = createContexts({ ...deps, refresher })
  const concurrency = { ...defaultConcurrency, ...options.concurrency }
  const refreshesAtOnce = concurrency['refresh-background']
  const refreshTurn = pLimit(refreshesAtOnce)

  async function refreshDue(connectionId: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    // Somebody else's lease is somebody else's refresh: no reason to wait for it.
    await refresher.refresh(connectionId, { seenGeneration: 'due', waitMs: 0, signal })
  }

  const processors: Processors = {
    'connection.validate': ({ connectionId }, signal) =>
      validateConnection({ ...deps, contexts }, connectionId, signal),
    'connection.erase': ({ connectionId }) => eraseConnection({ ...deps, tokens }, connectionId),
    'connection.authorize': ({ authorizationId }, signal) =>
      processAuthorization({ ...deps, tokens }, authorizationId, signal),
    'connection.preflight': ({ runId }) => preflightRun({ ...deps, refresher }, runId),
    'connection.refresh': async ({ connectionId, seenGeneration, acceptRisk }) => {
      await ignoreGone(
        refresher.refresh(connectionId, {
          seenGeneration,
          waitMs: timings.callerWaitMs,
          ...(acceptRisk === undefined ? {} : { acceptRisk }),
        }),
      )
    },
    'connection.refresh_due': async ({ connectionIds }, signal) => {
      await Promise.all(connectionIds.map((id) => refreshTurn(() => ignoreGone(refreshDue(id, signal)))))
    },
    'run.execute': ({ runId }, signal) => executeRun({ ...deps, contexts }, runId, signal),
  }

  const consumers = await startConsumers({
    backend: deps.backend,
    processors,
    log,
    // As many jobs as keep that many refreshes under way, and no more: the others are left to other workers.
    concurrency: { ...concurrency, 'refresh-background': Math.ceil(refreshesAtOnce / REFRESHES_OF_A_JOB) + 1 },
  })
  /** `act` says how many milliseconds are until its next time, where that is not as usual. */
  const guarded = (what: string, usualMs: number, act: () => Promise<number | undefined>) => async () => {
    const nextMs = await act().catch((error) => {
      log.warn(`${what} failed; trying again`, { error: reasonOf(error) })
      return undefined
    })
    return nextMs ?? usualMs
  }
  const sweep = startTimer(
    guarded('the sweep', timings.sweepMs, async () => {
      const begun = performance.now()
      const { rows, isMore } = await sweepOnce(db, deps.producer, timings, log)
      const tookMs = performance.now() - begun
      tally.swept(tookMs, rows)
      // As soon as some of it is done; but the more there is to look through, the less often.
      return isMore ? Math.min(timings.sweepMs, Math.max(timings.pollMs, tookMs * REST_OF_SWEEPS)) : undefined
    }),
  )
  const house = startTimer(
    guarded('housekeeping', HOUSEKEEPING_MS, async () => {
      await keepHouse(deps)
      return undefined
    }),
  )

  let draining: Promise<void> | undefined
  return {
    drain() {
      draining ??= (async () => {
        await Promise.all([sweep.stop(), house.stop()])
        await consumers.drain(timings.drainMs)
      })()
      return draining
    },
  }
}

/** A connection that was erased meanwhile needs no refresh. */
async function ignoreGone(work: Promise<unknown>): Promise<void> {
  await work.catch((error) => {
    if (!(error instanceof EngineError) || error.code !== 'connection_not_found') throw error
  })
}
