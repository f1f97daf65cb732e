/**
 * Reads our own pipeline document, version 1. Fields that are not named here are left alone. The HTTP contract publishes the same schema; a
 * test of the API compares the two.
 */
import { z } from 'zod'
import { type Fault, faultsOf, inPlainWords } from '../faults.ts'
import {
  type DocumentModel,
  type DocumentNode,
  type ParameterValue,
  type PipelineVariable,
  type VariableReference,
  variableTypes,
} from './model.ts'

const nodeId = z.string().min(1).max(100)
const name = z.string().regex(/^[A-Za-z_]\w{0,99}$/, 'A name has letters, digits and underscores, at most 100.')

const parameter = z.union(
  [z.looseObject({ value: z.unknown() }), z.looseObject({ text: z.string() }), z.looseObject({ variable: name })],
  'Give a `value`, a `text` or a `variable`.',
)

const node = z.looseObject({
  id: nodeId,
  type: z.string().min(1).max(100),
  title: z.string().max(200).exactOptional(),
  position: z.looseObject({ x: z.number(), y: z.number() }).exactOptional(),
  data_source: z.string().min(1).max(200).exactOptional(),
  parameters: z.record(z.string(), parameter).exactOptional(),
  settings: z.record(z.string(), z.unknown()).exactOptional(),
})

const variable = z.looseObject({
  name,
  node: nodeId.exactOptional(),
  type: z.enum(variableTypes),
  label: z.string().max(200).exactOptional(),
  required: z.boolean().exactOptional(),
  default: z.unknown().exactOptional(),
  max_length: z.int().min(1).exactOptional(),
  options: z.array(z.string()).max(1_000).exactOptional(),
  placeholder: z.string().max(1_000).exactOptional(),
  help: z.string().max(1_000).exactOptional(),
  unit: z.string().max(100).exactOptional(),
})

export const wellheadDocument = z.looseObject({
  format: z.literal('wellhead.pipeline'),
  version: z.literal(1),
  name: z.string().max(200).exactOptional(),
  description: z.string().max(2_000).exactOptional(),
  nodes: z.array(node).min(1).max(500),
  edges: z
    .array(
      z.looseObject({
        id: z.string().min(1).max(200).exactOptional(),
        source: nodeId,
        target: nodeId,
        source_handle: z.string().max(200).exactOptional(),
        target_handle: z.string().max(200).exactOptional(),
      }),
    )
    .max(2_000)
    .exactOptional(),
  variables: z.array(variable).max(500).exactOptional(),
  viewport: z.looseObject({ x: z.number(), y: z.number(), zoom: z.number() }).exactOptional(),
})

type ReadNode = z.output<typeof node>
type ReadVariable = z.output<typeof variable>

export function readWellhead(value: unknown): { model: DocumentModel } | { faults: Fault[] } {
  const parsed = wellheadDocument.safeParse(value, inPlainWords)
  if (!parsed.success) return { faults: faultsOf(parsed.error) }
  const { nodes, edges = [], variables = [], viewport } = parsed.data
  const faults = nodes.flatMap((each, index) =>
    each.type === 'data_source' && each.data_source === undefined
      ? [{ path: `nodes.${index}.data_source`, message: 'A data-source node names its data source.' }]
      : [],
  )
  if (faults.length > 0) return { faults }
  const declared = variables.map(variableOf)
  return {
    model: {
      name: parsed.data.name ?? '',
      description: parsed.data.description ?? '',
      nodes: nodes.map((each) => nodeOf(each, declared)),
      edges: edges.map((each, index) => ({
        id: each.id ?? `edge-${index + 1}`,
        source: each.source,
        target: each.target,
        sourceHandle: each.source_handle ?? null,
        targetHandle: each.target_handle ?? null,
      })),
      variables: declared,
      viewport: viewport ? { x: viewport.x, y: viewport.y, zoom: viewport.zoom } : null,
    },
  }
}

function nodeOf(given: ReadNode, declared: readonly VariableReference[]): DocumentNode {
  const { id, type, title, position } = given
  const role = type === 'data_source' || type === 'local_file' ? type : 'orchestrator'
  const isSource = role === 'data_source'
  return {
    id,
    type,
    role,
    title: title || type,
    position: position ? { x: position.x, y: position.y } : null,
    sourceNames: isSource && given.data_source !== undefined ? [given.data_source] : [],
    declaredKind: null,
    parameters: Object.entries((isSource && given.parameters) || {}).map(([name, parameter]) => ({
      name,
      value: parameterOf(parameter, (variable) => referenceOf(id, variable, declared)),
    })),
  }
}

function parameterOf(
  given: z.output<typeof parameter>,
  reference: (variable: string) => VariableReference,
): ParameterValue {
  if ('variable' in given && typeof given.variable === 'string')
    return { kind: 'variable', variable: reference(given.variable) }
  if ('text' in given && typeof given.text === 'string') {
    const parts = given.text
      .split(/\{\{\s*([A-Za-z_]\w{0,99})\s*\}\}/)
      .map((part, index) => (index % 2 === 0 ? part : reference(part)))
      .filter((part) => part !== '')
    return { kind: 'text', parts }
  }
  return given.value === null ? { kind: 'unset' } : { kind: 'constant', value: given.value }
}

/** The node's own variable before the shared one. */
function referenceOf(nodeId: string, name: string, declared: readonly VariableReference[]): VariableReference {
  const isOwn = declared.some((variable) => variable.nodeId === nodeId && variable.name === name)
  return { nodeId: isOwn ? nodeId : null, name }
}

function variableOf(given: ReadVariable): PipelineVariable {
  return {
    nodeId: given.node ?? null,
    name: given.name,
    label: given.label || given.name,
    type: given.type,
    required: given.required ?? false,
    default: given.default ?? null,
    maxLength: given.max_length ?? null,
    options: given.options ?? [],
    placeholder: given.placeholder || null,
    help: given.help || null,
    unit: given.unit || null,
  }
}
