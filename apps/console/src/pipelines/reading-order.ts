import type { Pipeline, PipelineNode } from '@wellhead/client'

/**
 * The nodes in the order in which documents pass through them: the steps one after the other, and within a step from top to bottom. The
 * API lets no pipeline in that goes round in a circle.
 */
export function readingOrder<Node extends Pick<PipelineNode, 'id' | 'position'>>(drawing: {
  readonly nodes: readonly Node[]
  readonly edges: Pipeline['edges']
}): Node[] {
  const { nodes } = drawing
  const steps = stepsOf(drawing)
  const step = ({ id }: Node) => steps.get(id) ?? 0
  // Sorting keeps what is equal as the document has it.
  return nodes.toSorted(
    (a, b) =>
      step(a) - step(b) || (a.position?.y ?? 0) - (b.position?.y ?? 0) || (a.position?.x ?? 0) - (b.position?.x ?? 0),
  )
}

/** How many steps are before a node at most. */
function stepsOf(drawing: {
  readonly nodes: readonly { readonly id: string }[]
  readonly edges: Pipeline['edges']
}): ReadonlyMap<string, number> {
  const { nodes, edges } = drawing
  const before = Map.groupBy(edges, ({ target }) => target)
  const steps = new Map<string, number>()
  function step(id: string): number {
    const known = steps.get(id)
    if (known !== undefined) return known
    const own = Math.max(-1, ...(before.get(id) ?? []).map(({ source }) => step(source))) + 1
    steps.set(id, own)
    return own
  }
  for (const { id } of nodes) step(id)
  return steps
}

/** Titles of the nodes that come right after, or right before, a node. */
export function neighbours(
  pipeline: Pick<Pipeline, 'nodes' | 'edges'>,
  id: string,
  side: 'before' | 'after',
): string[] {
  const ids = new Set(
    pipeline.edges.flatMap(({ source, target }) =>
      side === 'after' ? (source === id ? [target] : []) : target === id ? [source] : [],
    ),
  )
  return pipeline.nodes.filter((node) => ids.has(node.id)).map(({ title }) => title)
}
