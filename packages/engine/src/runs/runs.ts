/**
 * Runs as members and orchestrators see them.
 *
 * States: `queued` until a worker has it; `running` under a lease that its worker renews; then `completed`, `failed` or
 * `cancelled`. A run whose worker died is taken up by another, from its last checkpoint.
 */
import type { Registry } from '@wellhead/plugin-host'
import type { Audit } from '../audit/audit.ts'
import type { Connections } from '../connections/connections.ts'
import type { Database } from '../db/database.ts'
import { and, desc, eq, lt, or, sql } from '../db/query.ts'
import { connections, runs } from '../db/schema/index.ts'
import { notify, type Signals } from '../db/signals.ts'
import type { createDocuments } from '../documents/documents.ts'
import type { RunFilter, RunInput, Settled } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Actor, Document, Page, Run } from '../model.ts'
import { decodePageCursor, encodePageCursor } from '../page-cursor.ts'
import type { Pipelines } from '../pipelines/pipelines.ts'
import { requireUsable } from '../refresh/access.ts'
import { requireScope, visibleTo } from '../tenancy/access.ts'
import type { Timings } from '../timings.ts'
import type { Vault } from '../vault/vault.ts'
import { openCursor, sealCursor } from './cursors.ts'
import { finishRun, type RunRow, runSignal } from './end.ts'
import { parseOperation } from './operations.ts'

export interface RunsDeps {
  readonly db: Database
  readonly signals: Signals
  readonly vault: Vault
  readonly audit: Audit
  readonly registry: Registry
  readonly connections: Pick<Connections, 'forUse' | 'touch'>
  readonly pipelines: Pick<Pipelines, 'nodeRun'>
  readonly documents: Pick<ReturnType<typeof createDocuments>, 'ofRun'>
  readonly timings: Timings
  offerRun(runId: string): Promise<void>
}

export function createRuns(deps: RunsDeps) {
  const { db, signals, vault } = deps

  async function visibleRun(actor: Actor, id: string): Promise<RunRow> {
    const [row] = await db
      .select({ run: runs })
      .from(runs)
      .innerJoin(connections, eq(connections.id, runs.connectionId))
      .where(and(eq(runs.id, id), visibleTo(db, actor)))
    if (!row) throw new EngineError('run_not_found', 'There is no such run.')
    return row.run
  }

  const viewOf = async (row: RunRow): Promise<Run> => ({
    id: row.id,
    workspaceId: row.workspaceId,
    dataSource: row.dataSource,
    connectionId: row.connectionId,
    pipelineId: row.pipelineId,
    nodeId: row.nodeId,
    operation: row.operation,
    parameters: row.parameters,
    status: row.status,
    progress: { completed: row.progressCompleted, total: row.progressTotal },
    documentCount: row.documentCount,
    warnings: row.warnings,
    error: row.errorCode === null ? null : { code: row.errorCode, message: row.errorMessage ?? '' },
    nextCursor: row.nextCursor === null ? null : await sealCursor(vault, row, row.nextCursor),
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
  })

  return {
    async create(actor: Actor, input: RunInput): Promise<Run> {
      requireScope(actor, 'runs:write')
      const node = 'pipelineId' in input ? { pipelineId: input.pipelineId, nodeId: input.nodeId } : undefined
      const wanted = 'pipelineId' in input ? await deps.pipelines.nodeRun(actor, input) : input
      const { dataSource, operation } = wanted
      const hosted = deps.registry.get(dataSource)
      if (!hosted) throw new EngineError('data_source_not_found', `There is no data source ${dataSource}.`)
      const parameters = parseOperation(hosted.source, operation, wanted.parameters ?? {})
      const connection = await deps.connections.forUse(actor, dataSource, wanted.connectionId)
      requireUsable(connection.status)
      const place = { workspaceId: actor.workspaceId, connectionId: connection.id, operation }
      const cursor = input.cursor === undefined ? null : await openCursor(vault, place, input.cursor)
      const id = newId('run')
      const row = await db.transaction(async (tx) => {
        const [created] = await tx
          .insert(runs)
          .values({
            ...place,
            ...node,
            id,
            dataSource,
            requestedBy: actor.userId,
            parameters,
            cursor,
            status: 'queued',
            deadlineAt: new Date(Date.now() + deps.timings.runDeadlineMs),
            dueAt: sql`clock_timestamp()`,
            enqueuedUntil: sql`clock_timestamp() + ${`${deps.timings.horizonMs} milliseconds`}::interval`,
          })
          .returning()
        await deps.audit.recordIn(tx, actor, {
          action: 'run.create',
          subject: id,
          data: {
            connection_id: connection.id,
            operation,
            ...(node && { pipeline_id: node.pipelineId, node_id: node.nodeId }),
          },
        })
        return created as RunRow
      })
      await deps.offerRun(id)
      await deps.connections.touch(connection.id)
      return viewOf(row)
    },

    async get(actor: Actor, id: string): Promise<Run> {
      requireScope(actor, 'runs:read')
      return viewOf(await visibleRun(actor, id))
    },

    async list(actor: Actor, filter: RunFilter): Promise<Page<Run>> {
      requireScope(actor, 'runs:read')
      const limit = filter.limit ?? 50
      const before = filter.cursor === undefined ? undefined : decodePageCursor(filter.cursor)
      const rows = await db
        .select({ run: runs })
        .from(runs)
        .innerJoin(connections, eq(connections.id, runs.connectionId))
        .where(
          and(
            visibleTo(db, actor),
            filter.connectionId ? eq(runs.connectionId, filter.connectionId) : undefined,
            filter.pipelineId ? eq(runs.pipelineId, filter.pipelineId) : undefined,
            filter.nodeId ? eq(runs.nodeId, filter.nodeId) : undefined,
            before && or(lt(runs.createdAt, before.at), and(eq(runs.createdAt, before.at), lt(runs.id, before.id))),
          ),
        )
        .orderBy(desc(runs.createdAt), desc(runs.id))
        .limit(limit + 1)
      const items = rows.slice(0, limit).map((row) => row.run)
      const last = items.at(-1)
      return {
        items: await Promise.all(items.map(viewOf)),
        nextCursor: rows.length > limit && last ? encodePageCursor(last.createdAt, last.id) : null,
      }
    },

    /** A queued run is cancelled at once; a running one is told, and its worker ends it. */
    async cancel(actor: Actor, id: string): Promise<Run> {
      requireScope(actor, 'runs:write')
      const row = await visibleRun(actor, id)
      if (row.finishedAt) throw new EngineError('run_finished', `This run is ${row.status} already.`)
      await db.transaction(async (tx) => {
        const [told] = await tx
          .update(runs)
          .set({
            cancelRequestedAt: sql`coalesce(${runs.cancelRequestedAt}, clock_timestamp())`,
            dueAt: sql`clock_timestamp()`,
          })
          .where(and(eq(runs.id, id), sql`${runs.finishedAt} is null`))
          .returning()
        if (told?.status === 'queued') await finishRun(tx, told, { status: 'cancelled' })
        await deps.audit.recordIn(tx, actor, { action: 'run.cancel', subject: id })
        await notify(tx, runSignal(id))
      })
      return viewOf(await visibleRun(actor, id))
    },

    async documents(actor: Actor, id: string, page: { after?: number; limit?: number }): Promise<readonly Document[]> {
      requireScope(actor, 'runs:read')
      await visibleRun(actor, id)
      return deps.documents.ofRun(id, page)
    },

    async settled(actor: Actor, id: string, timeoutMs: number): Promise<Settled<Run>> {
      const giveUpAt = performance.now() + timeoutMs
      for (;;) {
        const left = giveUpAt - performance.now()
        const signal = signals.wait(runSignal(id), Math.max(1, Math.min(left, deps.timings.pollMs)))
        const row = await visibleRun(actor, id)
        if (row.finishedAt || left <= 0) return { done: row.finishedAt !== null, value: await viewOf(row) }
        await signal
      }
    },
  }
}
