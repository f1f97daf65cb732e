import { Graph, layout } from '@dagrejs/dagre'
import type { Pipeline } from '@wellhead/client'

/** Pixels; a node's card has the same width, and grows in height with what it holds. */
export const NODE = { width: 244, height: 88 }

type Position = { readonly x: number; readonly y: number }

/** Where each node stands: as the document says, or from left to right when it leaves any of them out. */
export function positionsOf({ nodes, edges }: Pick<Pipeline, 'nodes' | 'edges'>): ReadonlyMap<string, Position> {
  if (nodes.every(({ position }) => position !== null))
    return new Map(nodes.map(({ id, position }) => [id, position as Position]))
  const graph = new Graph().setGraph({ rankdir: 'LR', ranksep: 88, nodesep: 36 }).setDefaultEdgeLabel(() => ({}))
  for (const { id } of nodes) graph.setNode(id, { ...NODE })
  for (const { source, target } of edges) graph.setEdge(source, target)
  layout(graph)
  // It gives the middle of each node.
  return new Map(
    nodes.map(({ id }) => {
      const { x, y } = graph.node(id) as Position
      return [id, { x: x - NODE.width / 2, y: y - NODE.height / 2 }]
    }),
  )
}
