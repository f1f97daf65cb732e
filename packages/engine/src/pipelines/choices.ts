/** What members choose for nodes, beside the document. */
import type { DataSource } from '@wellhead/datasource-node'
import type { Registry } from '@wellhead/plugin-host'
import type { Database, Transaction } from '../db/database.ts'
import { and, eq, inArray } from '../db/query.ts'
import { connections, pipelineNodes } from '../db/schema/index.ts'
import { EngineError } from '../errors.ts'
import { type Fault, faultsOf, inPlainWords } from '../faults.ts'
import type { Actor } from '../model.ts'
import { visibleTo } from '../tenancy/access.ts'
import type { DocumentModel, DocumentNode, PipelinePatch } from './model.ts'
import { findSource, unknownSource } from './sources.ts'

/** Characters of a node's constants as JSON. */
const MOST_CHARACTERS = 64 * 1024

/** @throws EngineError `node_not_found` */
export function nodeOf(model: DocumentModel, id: string): DocumentNode {
  const node = model.nodes.find((each) => each.id === id)
  if (!node) throw new EngineError('node_not_found', `The pipeline has no node ${id}.`)
  return node
}

/** The data source of a node that Wellhead runs. @throws EngineError `node_not_runnable`, `unknown_data_source` */
export function sourceOf(registry: Registry, node: DocumentNode): DataSource {
  if (node.role !== 'data_source')
    throw new EngineError('node_not_runnable', `"${node.title}" is for the orchestrator to run: it is no data source.`)
  const found = findSource(registry, node.sourceNames)
  if (!found) throw unknownSource([node])
  return found.source
}

export async function chooseForNodes(
  deps: { readonly db: Database; readonly registry: Registry },
  tx: Transaction,
  actor: Actor,
  pipeline: { readonly id: string; readonly model: DocumentModel },
  patches: NonNullable<PipelinePatch['nodes']>,
): Promise<void> {
  for (const [index, { id, connectionId, parameters }] of patches.entries()) {
    const node = nodeOf(pipeline.model, id)
    const source = sourceOf(deps.registry, node)
    if (parameters !== undefined) requireConstants(source, parameters, `nodes.${index}.parameters`)
    if (typeof connectionId === 'string') await requireConnection(deps.db, tx, actor, source, connectionId)
    const chosen = {
      ...(connectionId === undefined ? {} : { connectionId }),
      ...(parameters === undefined ? {} : { parameters: { ...parameters } }),
    }
    await tx
      .insert(pipelineNodes)
      .values({ pipelineId: pipeline.id, nodeId: id, title: node.title, ...chosen })
      .onConflictDoUpdate({
        target: [pipelineNodes.pipelineId, pipelineNodes.nodeId],
        set: { title: node.title, ...chosen },
      })
  }
}

/** Each by the data source's own schema; whether they go together is seen when the node runs. */
function requireConstants(source: DataSource, parameters: Readonly<Record<string, unknown>>, path: string): void {
  const { shape } = source.parameters
  const faults = Object.entries(parameters).flatMap(([name, value]): Fault[] => {
    const schema = Object.hasOwn(shape, name) ? shape[name] : undefined
    if (!schema) return [{ path: `${path}.${name}`, message: `${source.name} has no such parameter.` }]
    const parsed = schema.safeParse(value, inPlainWords)
    return parsed.success ? [] : faultsOf(parsed.error, [...path.split('.'), name])
  })
  if (JSON.stringify(parameters).length > MOST_CHARACTERS)
    faults.push({ path, message: `They are longer than ${MOST_CHARACTERS / 1024} KiB together.` })
  if (faults.length > 0)
    throw new EngineError('invalid_parameters', 'These parameters are not valid.', { details: { errors: faults } })
}

/** It stays until this is committed. @throws EngineError `connection_not_found`, `connection_deleting` */
async function requireConnection(
  db: Database,
  tx: Transaction,
  actor: Actor,
  source: DataSource,
  id: string,
): Promise<void> {
  const [row] = await tx
    .select({ status: connections.status })
    .from(connections)
    .where(and(eq(connections.id, id), eq(connections.dataSource, source.id), visibleTo(db, actor)))
    .for('share')
  if (!row) throw new EngineError('connection_not_found', `There is no such connection to ${source.name}.`)
  if (row.status === 'deleting')
    throw new EngineError('connection_deleting', 'This connection is being deleted and cannot be chosen.')
}

/** After another document took its place: a choice stays with a node that still means the same data source. */
export async function keepChoices(
  registry: Registry,
  tx: Transaction,
  pipelineId: string,
  before: DocumentModel,
  after: DocumentModel,
): Promise<void> {
  const source = (model: DocumentModel, id: string) => {
    const node = model.nodes.find((each) => each.id === id)
    return node && findSource(registry, node.sourceNames)?.source.id
  }
  const rows = await tx
    .select({ nodeId: pipelineNodes.nodeId })
    .from(pipelineNodes)
    .where(eq(pipelineNodes.pipelineId, pipelineId))
  for (const { nodeId } of rows) {
    const row = and(eq(pipelineNodes.pipelineId, pipelineId), eq(pipelineNodes.nodeId, nodeId))
    const now = source(after, nodeId)
    if (now !== undefined && now === source(before, nodeId))
      await tx
        .update(pipelineNodes)
        .set({ title: nodeOf(after, nodeId).title })
        .where(row)
    else await tx.delete(pipelineNodes).where(row)
  }
}

/** Choices of pipelines by their node, and each pipeline's by its id. */
export async function choicesOf(db: Database, pipelineIds: readonly string[]) {
  if (pipelineIds.length === 0) return new Map<string, (typeof pipelineNodes.$inferSelect)[]>()
  const rows = await db
    .select()
    .from(pipelineNodes)
    .where(inArray(pipelineNodes.pipelineId, [...pipelineIds]))
  return Map.groupBy(rows, ({ pipelineId }) => pipelineId)
}
