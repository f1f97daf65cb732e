import { useQueryClient } from '@tanstack/react-query'
import type { Pipeline, PipelineNode } from '@wellhead/client'
import { api } from '../../api/client.ts'
import { pipelineQuery, pipelinesQuery } from '../../api/queries.ts'

export interface Choice {
  /** `null`: none, so that the default holds. */
  readonly connection_id?: string | null
  /** Constants, in the place of those set before. */
  readonly parameters?: Record<string, unknown>
}

/** Keeps what is chosen for a node, beside the document. */
export function useChoose(pipeline: Pipeline, node: PipelineNode): (choice: Choice) => Promise<void> {
  const queries = useQueryClient()
  return async (choice) => {
    const changed = await api.pipelines.update({
      params: { id: pipeline.id },
      body: { nodes: [{ id: node.id, ...choice }] },
    })
    queries.setQueryData(pipelineQuery(pipeline.id).queryKey, changed)
    void queries.invalidateQueries({ queryKey: pipelinesQuery.queryKey })
  }
}
