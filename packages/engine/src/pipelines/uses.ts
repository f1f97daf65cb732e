/** Which nodes a connection was chosen for. */
import type { Database, Transaction } from '../db/database.ts'
import { asc, eq, inArray } from '../db/query.ts'
import { pipelineNodes, pipelines } from '../db/schema/index.ts'
import type { PipelineUse } from './model.ts'

export async function usesOf(
  db: Database,
  connectionIds: readonly string[],
): Promise<(PipelineUse & { readonly connectionId: string })[]> {
  const rows = await db
    .select({
      connectionId: pipelineNodes.connectionId,
      pipelineId: pipelines.id,
      pipelineName: pipelines.name,
      nodeId: pipelineNodes.nodeId,
      nodeTitle: pipelineNodes.title,
    })
    .from(pipelineNodes)
    .innerJoin(pipelines, eq(pipelines.id, pipelineNodes.pipelineId))
    .where(inArray(pipelineNodes.connectionId, [...connectionIds]))
    .orderBy(asc(pipelines.name), asc(pipelines.id), asc(pipelineNodes.nodeId))
  return rows as (PipelineUse & { connectionId: string })[]
}

/** Its nodes have nothing chosen from now on: a connection that is about to go is no longer theirs. */
export async function forgetConnection(tx: Transaction, connectionId: string): Promise<void> {
  await tx.update(pipelineNodes).set({ connectionId: null }).where(eq(pipelineNodes.connectionId, connectionId))
}
