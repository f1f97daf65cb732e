/**
 * Executes a run under a lease. The lease is renewed while the data source works; whoever finds it run out takes the run up
 * from its last checkpoint. Every end is written by the holder of the lease alone.
 */
import { isDataSourceError, isRetryable, type Logger } from '@wellhead/datasource-node'
import type { Registry } from '@wellhead/plugin-host'
import type { Contexts } from '../connections/contexts.ts'
import type { Database } from '../db/database.ts'
import { and, eq, sql } from '../db/query.ts'
import { connections, runs } from '../db/schema/index.ts'
import { notify, type Signals } from '../db/signals.ts'
import { storable } from '../db/storable.ts'
import { reasonOf } from '../db/until-it-lands.ts'
import type { Blobs } from '../documents/blobs.ts'
import { LeaseLost } from '../documents/insert.ts'
import { openDocumentWriter } from '../documents/writer.ts'
import { EngineError } from '../errors.ts'
import { newNonce } from '../ids.ts'
import { errorBehind, remainingMs, requireUsable } from '../refresh/access.ts'
import { loadCredential } from '../refresh/credential.ts'
import { backoffMs } from '../refresh/schedule.ts'
import type { Tally } from '../telemetry/tally.ts'
import type { Timings } from '../timings.ts'
import { finishRun, type RunEnd, type RunRow, runSignal, tellRun } from './end.ts'
import { operationSpecs } from './operations.ts'
import type { Sink } from './sink.ts'

export interface ExecuteDeps {
  readonly db: Database
  readonly signals: Signals
  readonly registry: Registry
  readonly contexts: Contexts
  readonly blobs: Blobs
  readonly maxDocumentBytes: number
  readonly tally: Tally
  readonly timings: Timings
  readonly log: Logger
}

/** Tries of one run whose worker died or whose provider was away, until it is given up. */
const MOST_ATTEMPTS = 20

/** Milliseconds between two `run.progress` events of one run. */
const PROGRESS_MS = 500

type StopReason = 'cancelled' | 'deadline' | 'lease_lost'

export async function executeRun(deps: ExecuteDeps, runId: string, jobSignal: AbortSignal): Promise<void> {
  const { db } = deps
  const run = await claim(deps, runId)
  if (!run) return
  if (run.finishedAt) return cancelAtProvider(deps, run)
  if (run.cancelRequestedAt) return end(deps, run, 'cancelled')
  if (run.deadlineAt.getTime() <= Date.now()) return end(deps, run, 'deadline')
  if (run.attempts > MOST_ATTEMPTS)
    return fail(deps, run, { code: 'run_abandoned', message: `This run was given up after ${MOST_ATTEMPTS} tries.` })
  if (run.startedAt === null)
    await db.transaction(async (tx) => {
      const [started] = await tx.update(runs).set({ startedAt: sql`clock_timestamp()` }).where(holding(run)).returning()
      if (started) await tellRun(tx, started, 'run.started', { status: 'running' })
    })

  const watch = watchRun(deps, run)
  const signal = AbortSignal.any([jobSignal, watch.signal])
  try {
    const { connection, credential } = await loadCredential(db, run.connectionId)
    requireUsable(connection.status)
    // A run that was taken up again comes without its preflight's promise; the context refreshes what has expired.
    if (connection.method === 'oauth2' && remainingMs(credential) <= 0)
      deps.log.info('a run refreshes first', { runId })
    const source = deps.registry.get(run.dataSource)?.source
    if (!source) throw new EngineError('data_source_not_found', `The data source ${run.dataSource} is not installed.`)
    const context = deps.contexts.of(connection, signal)
    const sink = await createSink(deps, run, signal)
    const { nextCursor } = await operationSpecs[run.operation].run(source, context, run, sink)
    signal.throwIfAborted()
    await sink.flush()
    // The provider's own job is over: nothing is left to be ended there.
    run.checkpoint = null
    if (run.operation === 'crawl' && !(await sink.hasAny('page')))
      return await fail(deps, run, {
        code: 'content_unavailable',
        message: 'The crawl found no page that could be had.',
      })
    await db.transaction((tx) => finishRun(tx, run, { status: 'completed', nextCursor, warnings: run.warnings }))
  } catch (error) {
    if (watch.reason() === 'lease_lost' || error instanceof LeaseLost) return lost(deps, run)
    if (watch.reason() === 'cancelled') return await end(deps, run, 'cancelled')
    if (watch.reason() === 'deadline') return await end(deps, run, 'deadline')
    if (jobSignal.aborted) return await handOn(deps, run)
    await failedBy(deps, run, errorBehind(error))
  } finally {
    watch.stop()
  }
}

/** Takes the lease on a run that is due by now, unless another holds it. */
async function claim({ db, timings }: ExecuteDeps, runId: string): Promise<RunRow | undefined> {
  const [run] = await db
    .update(runs)
    .set({
      leaseHolder: newNonce(),
      leaseUntil: sql`clock_timestamp() + ${`${timings.runLeaseMs} milliseconds`}::interval`,
      attempts: sql`${runs.attempts} + 1`,
      status: sql`case when ${runs.finishedAt} is null then 'running' else ${runs.status} end`,
    })
    .where(
      and(
        eq(runs.id, runId),
        // A duplicate of the job comes too early for a run that was asked to wait.
        sql`${runs.dueAt} <= clock_timestamp()`,
        sql`(${runs.leaseUntil} is null or ${runs.leaseUntil} <= clock_timestamp())`,
      ),
    )
    .returning()
  return run
}

const holding = (run: RunRow) => and(eq(runs.id, run.id), eq(runs.leaseHolder, run.leaseHolder as string))

/** Renews the lease and looks for a cancel, at each signal and at a third of the lease. */
function watchRun({ db, signals, timings, log }: ExecuteDeps, run: RunRow) {
  const controller = new AbortController()
  const stopping = new AbortController()
  let reason: StopReason | undefined
  const stop = (why: StopReason) => {
    reason ??= why
    controller.abort(new Error(why))
  }
  const deadline = setTimeout(() => stop('deadline'), Math.max(0, run.deadlineAt.getTime() - Date.now()))
  let renewedAt = performance.now()
  void (async () => {
    while (!stopping.signal.aborted) {
      await signals.wait(runSignal(run.id), timings.runLeaseMs / 3, stopping.signal)
      if (stopping.signal.aborted) return
      try {
        const [renewed] = await db
          .update(runs)
          .set({ leaseUntil: sql`clock_timestamp() + ${`${timings.runLeaseMs} milliseconds`}::interval` })
          .where(holding(run))
          .returning({ cancelRequestedAt: runs.cancelRequestedAt })
        if (!renewed) return stop('lease_lost')
        renewedAt = performance.now()
        if (renewed.cancelRequestedAt) stop('cancelled')
      } catch (error) {
        log.warn('the lease of a run could not be renewed', { runId: run.id, error: reasonOf(error) })
        if (performance.now() - renewedAt > timings.runLeaseMs) return stop('lease_lost')
      }
    }
  })()
  return {
    signal: controller.signal,
    reason: () => reason,
    stop() {
      clearTimeout(deadline)
      stopping.abort()
    },
  }
}

async function createSink(
  deps: ExecuteDeps,
  run: RunRow,
  signal: AbortSignal,
): Promise<Sink & { flush(): Promise<void> }> {
  const { db } = deps
  const onWritten = (count: number) => deps.tally.documentsWritten(run.dataSource, count)
  const writer = await openDocumentWriter({ db, blobs: deps.blobs, maxBytes: deps.maxDocumentBytes, onWritten }, run)
  let toldAt = Number.NEGATIVE_INFINITY
  let untold: { completed: number; total: number | null } | undefined

  async function tell(progress: { completed: number; total: number | null }): Promise<void> {
    toldAt = performance.now()
    untold = undefined
    await db.transaction(async (tx) => {
      const [row] = await tx
        .update(runs)
        .set({ progressCompleted: progress.completed, progressTotal: progress.total })
        .where(holding(run))
        .returning()
      if (row) await tellRun(tx, row, 'run.progress', { ...progress, document_count: row.documentCount })
    })
  }

  return {
    has: writer.has,
    hasAny: writer.hasAny,
    count: writer.count,
    async document(document: Parameters<Sink['document']>[0]) {
      signal.throwIfAborted()
      await writer.write(document)
    },
    async entries(...page: Parameters<Sink['entries']>) {
      signal.throwIfAborted()
      await writer.writeAll(...page)
    },
    async progress(completed: number, total: number | null) {
      signal.throwIfAborted()
      if (performance.now() - toldAt >= PROGRESS_MS) await tell({ completed, total })
      else untold = { completed, total }
    },
    async checkpoint(checkpoint: Readonly<Record<string, unknown>>) {
      run.checkpoint = storable({ ...checkpoint })
      await db.update(runs).set({ checkpoint: run.checkpoint }).where(holding(run))
    },
    warn(warning: string) {
      if (run.warnings.length < 100 && !run.warnings.includes(warning)) run.warnings.push(warning)
    },
    flush: async () => (untold ? tell(untold) : undefined),
  }
}

async function failedBy(deps: ExecuteDeps, run: RunRow, error: unknown): Promise<void> {
  if (isDataSourceError(error)) {
    if (error.code === 'unauthorized') await askForValidation(deps, run)
    // Not by us: the connection was changed under the run, which begins anew with what it is now.
    const isPassing = isRetryable(error) || error.code === 'cancelled'
    const retryAt = Date.now() + Math.max(error.retryAfterMs ?? 0, backoffMs(run.attempts, deps.timings))
    // Asked to wait, or a passing fault: the run goes on from its checkpoint, if its deadline leaves the time.
    if (isPassing && run.attempts < MOST_ATTEMPTS && retryAt < run.deadlineAt.getTime())
      return handOn(deps, run, new Date(retryAt))
    return fail(deps, run, error)
  }
  if (error instanceof EngineError) return fail(deps, run, error)
  deps.log.error('a run failed unexpectedly', { runId: run.id, error: reasonOf(error) })
  if (run.attempts < 3) return handOn(deps, run, new Date(Date.now() + backoffMs(run.attempts, deps.timings)))
  return fail(deps, run, {
    code: 'internal_error',
    message: 'The run failed unexpectedly. The log of the worker says more.',
  })
}

/** Gives the run back: another worker goes on with it, now or later. */
async function handOn({ db }: ExecuteDeps, run: RunRow, at = new Date()): Promise<void> {
  await db
    .update(runs)
    .set({ leaseHolder: null, leaseUntil: null, enqueuedUntil: null, dueAt: at, warnings: storable(run.warnings) })
    .where(holding(run))
  await notify(db, runSignal(run.id))
}

/** Another worker has it, or it was erased with its connection: nothing of it is ours to write any more. */
function lost({ log }: ExecuteDeps, run: RunRow): void {
  log.warn('the lease of a run was lost', { runId: run.id })
}

function fail(deps: ExecuteDeps, run: RunRow, { code, message }: { code: string; message: string }): Promise<void> {
  return endWith(deps, run, { status: 'failed', error: { code, message } })
}

function end(deps: ExecuteDeps, run: RunRow, reason: 'cancelled' | 'deadline'): Promise<void> {
  if (reason === 'cancelled') return endWith(deps, run, { status: 'cancelled' })
  return fail(deps, run, { code: 'deadline_exceeded', message: 'The run took longer than it may.' })
}

/** An end that is not the provider's own is passed on to it, also after a crash: a crawl left alone goes on and costs. */
async function endWith(deps: ExecuteDeps, run: RunRow, how: RunEnd): Promise<void> {
  const atProvider = run.checkpoint !== null && canCancel(deps, run)
  const ended = await deps.db.transaction((tx) => finishRun(tx, run, how, atProvider))
  if (ended && atProvider) await cancelAtProvider(deps, run)
}

function canCancel(deps: ExecuteDeps, run: RunRow): boolean {
  const source = deps.registry.get(run.dataSource)?.source
  return source?.kind === 'website_crawl' && source.cancelCrawl !== undefined
}

async function cancelAtProvider(deps: ExecuteDeps, run: RunRow): Promise<void> {
  const source = deps.registry.get(run.dataSource)?.source
  const [connection] = await deps.db.select().from(connections).where(eq(connections.id, run.connectionId))
  const settled = { cancelAtProvider: false, checkpoint: null, dueAt: null, leaseHolder: null, leaseUntil: null }
  let outcome: Partial<RunRow> = settled
  if (source?.kind === 'website_crawl' && source.cancelCrawl && connection && run.checkpoint) {
    try {
      await source.cancelCrawl(deps.contexts.of(connection, AbortSignal.timeout(30_000)), {
        checkpoint: run.checkpoint,
      })
    } catch (error) {
      // Cancelled: its time was up, for one that had to wait for its turn perhaps.
      const isPassing = isDataSourceError(error) && (isRetryable(error) || error.code === 'cancelled')
      const again = isPassing && run.attempts < MOST_ATTEMPTS
      deps.log.warn('a crawl could not be ended at the provider', { runId: run.id, again, error: reasonOf(error) })
      if (again)
        outcome = {
          dueAt: new Date(Date.now() + Math.max(error.retryAfterMs ?? 0, backoffMs(run.attempts, deps.timings))),
          enqueuedUntil: null,
          leaseHolder: null,
          leaseUntil: null,
        }
    }
  }
  await deps.db.update(runs).set(outcome).where(eq(runs.id, run.id))
  await notify(deps.db, runSignal(run.id))
}

/** The credential was refused in use: its connection is looked at, so that its status says so. */
async function askForValidation({ db }: ExecuteDeps, run: RunRow): Promise<void> {
  await db
    .update(connections)
    .set({ work: 'validate', dueAt: sql`clock_timestamp()`, enqueuedUntil: null, attempts: 0 })
    .where(and(eq(connections.id, run.connectionId), sql`${connections.work} is null`))
}
