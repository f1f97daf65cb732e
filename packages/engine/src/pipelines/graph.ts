/** What has to hold between the parts of a document. */
import type { Fault } from '../faults.ts'
import type { DocumentModel, PipelineEdge, PipelineFormat } from './model.ts'

const places: Readonly<Record<PipelineFormat, Readonly<Record<'nodes' | 'edges' | 'variables', string>>>> = {
  wellhead: { nodes: 'nodes', edges: 'edges', variables: 'variables' },
  dify: {
    nodes: 'workflow.graph.nodes',
    edges: 'workflow.graph.edges',
    variables: 'workflow.rag_pipeline_variables',
  },
}

export function faultsOfGraph(model: DocumentModel, format: PipelineFormat): Fault[] {
  const place = places[format]
  const ids = new Set(model.nodes.map((node) => node.id))
  const faults = [
    ...repeated(model.nodes.map(({ id }) => id)).map(({ index, value }) => ({
      path: `${place.nodes}.${index}.id`,
      message: `Another node has the id ${value} too.`,
    })),
    ...repeated(model.variables.map(({ nodeId, name }) => JSON.stringify([nodeId, name]))).map(({ index }) => ({
      path: `${place.variables}.${index}`,
      message: `Another variable of the same node is named ${model.variables[index]?.name} too.`,
    })),
    ...repeated(model.edges.map(({ id }) => id)).map(({ index, value }) => ({
      path: `${place.edges}.${index}.id`,
      message: `Another edge has the id ${value} too.`,
    })),
    ...model.edges.flatMap((edge, index) =>
      (['source', 'target'] as const)
        .filter((end) => !ids.has(edge[end]))
        .map((end) => ({ path: `${place.edges}.${index}.${end}`, message: `There is no node ${edge[end]}.` })),
    ),
  ]
  if (faults.length > 0) return faults
  const round = cycle(ids, model.edges)
  return round.length === 0 ? [] : [{ path: place.edges, message: `Edges go round in a circle: ${round.join(', ')}.` }]
}

function repeated(values: readonly string[]): { index: number; value: string }[] {
  const seen = new Set<string>()
  return values.flatMap((value, index) => {
    if (seen.has(value)) return [{ index, value }]
    seen.add(value)
    return []
  })
}

/** The nodes of one circle, or none. What nothing leads to is taken away until nothing can be. */
function cycle(ids: ReadonlySet<string>, edges: readonly PipelineEdge[]): string[] {
  const incoming = new Map([...ids].map((id) => [id, 0]))
  const targets = Map.groupBy(edges, ({ source }) => source)
  const count = (id: string, by: number) => incoming.set(id, (incoming.get(id) ?? 0) + by).get(id)
  for (const { target } of edges) count(target, 1)
  const free = [...ids].filter((id) => incoming.get(id) === 0)
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    incoming.delete(id)
    for (const { target } of targets.get(id) ?? []) if (count(target, -1) === 0) free.push(target)
  }
  // All that is left is led to by something that is left: going against the edges must come round.
  const path: string[] = []
  const sources = Map.groupBy(edges, ({ target }) => target)
  for (let id = incoming.keys().next().value; id !== undefined; ) {
    const before = path.indexOf(id)
    if (before >= 0) return path.slice(before).reverse()
    path.push(id)
    id = sources.get(id)?.find(({ source }) => incoming.has(source))?.source
  }
  return []
}
