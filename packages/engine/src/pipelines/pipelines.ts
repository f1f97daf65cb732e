/**
 * Pipelines of a workspace: imported, shown with what each node would be read with, changed, written out again and deleted. All
 * members see them; who may change one is as with connections.
 */
import type { Registry } from '@wellhead/plugin-host'
import type { Audit } from '../audit/audit.ts'
import type { Database, Transaction } from '../db/database.ts'
import { and, desc, eq, inArray, lt, ne, or, sql } from '../db/query.ts'
import { connections, pipelines } from '../db/schema/index.ts'
import { EngineError } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Actor, Page } from '../model.ts'
import { decodePageCursor, encodePageCursor } from '../page-cursor.ts'
import { hasRole, requireScope, visibleTo } from '../tenancy/access.ts'
import { choicesOf, chooseForNodes, keepChoices } from './choices.ts'
import type {
  DocumentModel,
  DocumentNode,
  Pipeline,
  PipelineNode,
  PipelinePatch,
  PipelineSummary,
  PipelineText,
} from './model.ts'
import { type NodeRun, type NodeRunInput, nodeRunOf } from './node-run.ts'
import { nodeView, type UsableConnection } from './node-view.ts'
import { readDocument } from './read-document.ts'
import { findSource, requireSources } from './sources.ts'

type PipelineRow = typeof pipelines.$inferSelect
/** What a list needs: documents may be large. */
type ListedRow = Pick<
  PipelineRow,
  'id' | 'workspaceId' | 'name' | 'format' | 'createdBy' | 'createdAt' | 'updatedAt'
> & {
  readonly model: Pick<DocumentModel, 'description' | 'nodes' | 'variables'>
}

export function createPipelines(deps: { readonly db: Database; readonly registry: Registry; readonly audit: Audit }) {
  const { db, registry, audit } = deps

  const notFound = () => new EngineError('pipeline_not_found', 'There is no such pipeline.')

  async function found(tx: Database | Transaction, actor: Actor, id: string): Promise<PipelineRow> {
    const [row] = await tx
      .select()
      .from(pipelines)
      .where(and(eq(pipelines.id, id), eq(pipelines.workspaceId, actor.workspaceId)))
    if (!row) throw notFound()
    return row
  }

  /** To be changed by him, and by nobody else meanwhile. */
  async function locked(tx: Transaction, actor: Actor, id: string): Promise<PipelineRow> {
    requireScope(actor, 'pipelines:write')
    const [row] = await tx
      .select()
      .from(pipelines)
      .where(and(eq(pipelines.id, id), eq(pipelines.workspaceId, actor.workspaceId)))
      .for('update')
    if (!row) throw notFound()
    if (row.createdBy !== actor.userId && !hasRole(actor, 'editor'))
      throw new EngineError(
        'forbidden',
        'Only the member who imported this pipeline, owners and editors may change it.',
      )
    return row
  }

  async function usableBy(actor: Actor, nodes: readonly DocumentNode[]): Promise<UsableConnection[]> {
    const sources = new Set(nodes.map(({ sourceNames }) => findSource(registry, sourceNames)?.source.id))
    const ids = [...sources].filter((id) => id !== undefined)
    if (ids.length === 0) return []
    return db
      .select({
        id: connections.id,
        dataSource: connections.dataSource,
        name: connections.name,
        status: connections.status,
        isDefault: connections.isDefault,
      })
      .from(connections)
      .where(and(visibleTo(db, actor), inArray(connections.dataSource, ids), ne(connections.status, 'deleting')))
  }

  async function summariesOf(actor: Actor, rows: readonly ListedRow[]): Promise<PipelineSummary[]> {
    const [choices, usable] = await Promise.all([
      choicesOf(
        db,
        rows.map(({ id }) => id),
      ),
      usableBy(
        actor,
        rows.flatMap(({ model }) => model.nodes),
      ),
    ])
    return rows.map((row) => ({
      id: row.id,
      workspaceId: row.workspaceId,
      name: row.name,
      description: row.model.description,
      format: row.format,
      nodes: row.model.nodes.map((node): PipelineNode => {
        const choice = choices.get(row.id)?.find(({ nodeId }) => nodeId === node.id)
        return nodeView(registry, node, row.model.variables, choice, usable)
      }),
      createdBy: row.createdBy,
      createdAt: row.createdAt,
      updatedAt: row.updatedAt,
    }))
  }

  async function viewOf(actor: Actor, row: PipelineRow): Promise<Pipeline> {
    const [summary] = (await summariesOf(actor, [row])) as [PipelineSummary]
    const { edges, variables, viewport } = row.model
    return { ...summary, edges, variables, viewport }
  }

  return {
    /** @param input.name in the place of the document's own */
    async create(
      actor: Actor,
      input: { name?: string; document: string | Readonly<Record<string, unknown>> },
    ): Promise<Pipeline> {
      requireScope(actor, 'pipelines:write')
      const { text, ...read } = readDocument(input.document)
      requireSources(registry, read.model)
      const row = await db.transaction(async (tx) => {
        const [created] = await tx
          .insert(pipelines)
          .values({
            ...read,
            document: text,
            id: newId('pip'),
            workspaceId: actor.workspaceId,
            name: input.name ?? labelOf(read.model.name),
            createdBy: actor.userId,
          })
          .returning()
        await audit.recordIn(tx, actor, {
          action: 'pipeline.create',
          subject: (created as PipelineRow).id,
          data: { format: read.format },
        })
        return created as PipelineRow
      })
      return viewOf(actor, row)
    },

    async list(actor: Actor, filter: { cursor?: string; limit?: number }): Promise<Page<PipelineSummary>> {
      requireScope(actor, 'pipelines:read')
      const limit = filter.limit ?? 50
      const before = filter.cursor === undefined ? undefined : decodePageCursor(filter.cursor)
      const rows = await db
        .select({
          id: pipelines.id,
          workspaceId: pipelines.workspaceId,
          name: pipelines.name,
          format: pipelines.format,
          createdBy: pipelines.createdBy,
          createdAt: pipelines.createdAt,
          updatedAt: pipelines.updatedAt,
          model: sql<ListedRow['model']>`jsonb_build_object(
            'description', ${pipelines.model} -> 'description',
            'nodes', jsonb_path_query_array(${pipelines.model}, '$.nodes[*] ? (@.role == "data_source")'),
            'variables', ${pipelines.model} -> 'variables')`,
        })
        .from(pipelines)
        .where(
          and(
            eq(pipelines.workspaceId, actor.workspaceId),
            before &&
              or(
                lt(pipelines.createdAt, before.at),
                and(eq(pipelines.createdAt, before.at), lt(pipelines.id, before.id)),
              ),
          ),
        )
        .orderBy(desc(pipelines.createdAt), desc(pipelines.id))
        .limit(limit + 1)
      const items = rows.slice(0, limit)
      const last = items.at(-1)
      return {
        items: await summariesOf(actor, items),
        nextCursor: rows.length > limit && last ? encodePageCursor(last.createdAt, last.id) : null,
      }
    },

    async get(actor: Actor, id: string): Promise<Pipeline> {
      requireScope(actor, 'pipelines:read')
      return viewOf(actor, await found(db, actor, id))
    },

    async document(actor: Actor, id: string): Promise<PipelineText> {
      requireScope(actor, 'pipelines:read')
      const { document: text, mediaType, name } = await found(db, actor, id)
      return { text, mediaType, name }
    },

    async update(actor: Actor, id: string, patch: PipelinePatch): Promise<Pipeline> {
      const row = await db.transaction(async (tx) => {
        const before = await locked(tx, actor, id)
        if (patch.nodes) await chooseForNodes(deps, tx, actor, before, patch.nodes)
        return changed(tx, actor, id, patch.name === undefined ? {} : { name: patch.name }, Object.keys(patch))
      })
      return viewOf(actor, row)
    },

    async replaceDocument(
      actor: Actor,
      id: string,
      document: string | Readonly<Record<string, unknown>>,
    ): Promise<Pipeline> {
      requireScope(actor, 'pipelines:write')
      const { text, ...read } = readDocument(document)
      requireSources(registry, read.model)
      const row = await db.transaction(async (tx) => {
        const before = await locked(tx, actor, id)
        await keepChoices(registry, tx, id, before.model, read.model)
        return changed(tx, actor, id, { ...read, document: text }, ['document'])
      })
      return viewOf(actor, row)
    },

    async delete(actor: Actor, id: string): Promise<void> {
      await db.transaction(async (tx) => {
        await locked(tx, actor, id)
        await tx.delete(pipelines).where(eq(pipelines.id, id))
        await audit.recordIn(tx, actor, { action: 'pipeline.delete', subject: id })
      })
    },

    /** What a run of a node is, as a run of its data source. */
    async nodeRun(actor: Actor, input: NodeRunInput): Promise<NodeRun> {
      const { model } = await found(db, actor, input.pipelineId)
      const choices = (await choicesOf(db, [input.pipelineId])).get(input.pipelineId)
      const choice = choices?.find(({ nodeId }) => nodeId === input.nodeId)
      const run = nodeRunOf(registry, model, choice, input)
      if (input.connectionId === undefined && run.connectionId !== undefined)
        await requireShared(actor, run.connectionId)
      return run
    },
  }

  /** Another one in its place would read another account. @throws EngineError `connection_not_found` */
  async function requireShared(actor: Actor, connectionId: string): Promise<void> {
    const [shared] = await db
      .select({ id: connections.id })
      .from(connections)
      .where(and(eq(connections.id, connectionId), visibleTo(db, actor)))
    if (!shared)
      throw new EngineError(
        'connection_not_found',
        'The connection that was chosen for this node is not shared with you. Name another one.',
      )
  }

  async function changed(
    tx: Transaction,
    actor: Actor,
    id: string,
    values: Partial<typeof pipelines.$inferInsert>,
    what: readonly string[],
  ): Promise<PipelineRow> {
    const [row] = await tx
      .update(pipelines)
      .set({ ...values, updatedAt: sql`now()` })
      .where(eq(pipelines.id, id))
      .returning()
    await audit.recordIn(tx, actor, { action: 'pipeline.update', subject: id, data: { changed: what } })
    return row as PipelineRow
  }
}

export type Pipelines = ReturnType<typeof createPipelines>

/** A document's name as a person would give it: on one line, not too long. */
function labelOf(name: string): string {
  const line = name.replace(/\p{Cc}+/gu, ' ').trim()
  return Array.from(line).slice(0, 100).join('').trim() || 'Pipeline'
}
