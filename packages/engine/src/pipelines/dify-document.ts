/**
 * Reads a Dify pipeline document (`kind: rag_pipeline`, version 0). What Wellhead has to know of it is checked; all else is left alone, as
 * such documents have many keys more and differ from version to version.
 */
import { z } from 'zod'
import { type Fault, faultsOf, inPlainWords } from '../faults.ts'
import type { DocumentModel, DocumentNode, ParameterValue, PipelineVariable, VariableReference } from './model.ts'

const id = z
  .union([z.string(), z.int()], 'An id is a text')
  .transform(String)
  .pipe(z.string().min(1, 'An id is needed').max(100, 'An id has at most 100 characters'))
const text = (most: number) => z.string().max(most).nullish()
/** What only shows: cut rather than refused. */
const shown = (most: number) =>
  z
    .string()
    .nullish()
    .transform((value) => value?.slice(0, most).toWellFormed() ?? '')

const parameter = z.looseObject({
  type: z.enum(['mixed', 'variable', 'constant']).nullish(),
  value: z.unknown().optional(),
})

const node = z.looseObject({
  id,
  type: text(100),
  position: z.looseObject({ x: z.number(), y: z.number() }).nullish(),
  data: z.looseObject({
    type: text(100),
    title: shown(200),
    plugin_id: text(200),
    provider_name: text(200),
    provider_type: text(100),
    datasource_label: shown(200),
    datasource_parameters: z.record(z.string().max(200), parameter).nullish(),
  }),
})

const types = {
  'text-input': 'text',
  paragraph: 'paragraph',
  number: 'number',
  checkbox: 'checkbox',
  select: 'select',
  file: 'file',
  'file-list': 'file_list',
} as const

const variable = z.looseObject({
  belong_to_node_id: id,
  variable: z.string().min(1, 'A variable needs a name').max(100),
  label: shown(200),
  type: z.enum(Object.keys(types) as (keyof typeof types)[]),
  required: z.boolean().nullish(),
  default_value: z.unknown().optional(),
  max_length: z.number().nullish(),
  options: z.array(z.string()).max(1_000).nullish(),
  placeholder: shown(1_000),
  tooltips: shown(1_000),
  unit: shown(100),
})

const edge = z.looseObject({
  id: text(200),
  source: id,
  target: id,
  sourceHandle: text(200),
  targetHandle: text(200),
})

const document = z.looseObject({
  kind: z.literal('rag_pipeline', 'Only pipelines can be imported: kind must be rag_pipeline'),
  version: z
    .union([z.string(), z.number()])
    .refine((version) => /^0(\.|$)/.test(String(version)), 'Only documents of version 0 are known')
    .nullish(),
  rag_pipeline: z.looseObject({ name: shown(200), description: shown(2_000) }).nullish(),
  workflow: z.looseObject({
    rag_pipeline_variables: z.array(variable).max(500).nullish(),
    graph: z.looseObject({
      nodes: z.array(node).min(1, 'A pipeline has at least one node').max(500),
      edges: z.array(edge).max(2_000).nullish(),
      viewport: z.looseObject({ x: z.number(), y: z.number(), zoom: z.number() }).nullish(),
    }),
  }),
})

type ReadNode = z.output<typeof node>

export function readDify(value: unknown): { model: DocumentModel } | { faults: Fault[] } {
  const parsed = document.safeParse(value, inPlainWords)
  if (!parsed.success) return { faults: faultsOf(parsed.error) }
  const { rag_pipeline: about, workflow } = parsed.data
  const { nodes, edges, viewport } = workflow.graph
  const faults: Fault[] = []
  const model: DocumentModel = {
    name: about?.name ?? '',
    description: about?.description ?? '',
    nodes: nodes.map((each, index) => nodeOf(each, `workflow.graph.nodes.${index}`, faults)),
    edges: (edges ?? []).map((each, index) => ({
      id: each.id || `edge-${index + 1}`,
      source: each.source,
      target: each.target,
      sourceHandle: each.sourceHandle ?? null,
      targetHandle: each.targetHandle ?? null,
    })),
    variables: (workflow.rag_pipeline_variables ?? []).map(variableOf),
    viewport: viewport ? { x: viewport.x, y: viewport.y, zoom: viewport.zoom } : null,
  }
  return faults.length > 0 ? { faults } : { model }
}

function nodeOf({ id, type: outerType, position, data }: ReadNode, path: string, faults: Fault[]): DocumentNode {
  const type = data.type || outerType || 'custom'
  const role =
    type !== 'datasource' ? 'orchestrator' : data.provider_type === 'local_file' ? 'local_file' : 'data_source'
  const sourceNames =
    role === 'data_source' ? [data.plugin_id, data.provider_name].filter((name) => name != null && name !== '') : []
  if (role === 'data_source' && sourceNames.length === 0)
    faults.push({
      path: `${path}.data.plugin_id`,
      message: 'A data-source node names its data source: plugin_id or provider_name.',
    })
  return {
    id,
    type,
    role,
    title: data.title || data.datasource_label || type,
    position: position ? { x: position.x, y: position.y } : null,
    sourceNames: sourceNames as string[],
    declaredKind: role === 'data_source' ? kindOf(data.provider_type) : null,
    parameters:
      role === 'data_source'
        ? Object.entries(data.datasource_parameters ?? {}).map(([name, given]) => ({
            name,
            value: parameterOf(given, `${path}.data.datasource_parameters.${name}`, faults),
          }))
        : [],
  }
}

function kindOf(providerType: string | null | undefined): DocumentNode['declaredKind'] {
  return providerType === 'online_document' || providerType === 'online_drive' || providerType === 'website_crawl'
    ? providerType
    : null
}

function parameterOf(given: z.output<typeof parameter>, path: string, faults: Fault[]): ParameterValue {
  const { type, value } = given
  if (value === null || value === undefined) return { kind: 'unset' }
  if (type === 'variable') {
    const selector = z.array(id).safeParse(value)
    if (selector.success && selector.data.length > 0)
      return { kind: 'variable', variable: referenceOf(selector.data as [string, ...string[]]) }
    // An empty selector is how a field looks whose variable was taken away again.
    if (!selector.success) faults.push({ path, message: 'A variable is named by a list: rag, the node, the variable.' })
    return { kind: 'unset' }
  }
  if (type !== 'mixed') return { kind: 'constant', value }
  if (typeof value === 'string') return textOf(value)
  // What a form did not take for text, such as a number.
  if (typeof value === 'number' || typeof value === 'boolean') return { kind: 'constant', value }
  faults.push({ path, message: 'A mixed value is a text.' })
  return { kind: 'unset' }
}

/** `https://acme.test/{{#rag.shared.path#}}` in parts. */
function textOf(value: string): ParameterValue {
  const parts = value
    .split(/\{\{#([^{}#]{1,300})#\}\}/)
    .map((part, index) => (index % 2 === 0 ? part : referenceOf(part.split('.') as [string, ...string[]])))
    .filter((part) => part !== '')
  return { kind: 'text', parts }
}

/** `rag`, the node or `shared`, the variable. Any other selector is of the orchestrator's own and names no variable of the document. */
function referenceOf(selector: readonly [string, ...string[]]): VariableReference {
  const [scope, owner, ...name] = selector
  if (scope !== 'rag' || owner === undefined || name.length === 0) return { nodeId: null, name: selector.join('.') }
  return { nodeId: owner === 'shared' ? null : owner, name: name.join('.') }
}

function variableOf(given: z.output<typeof variable>): PipelineVariable {
  const type = types[given.type]
  const most = given.max_length
  return {
    nodeId: given.belong_to_node_id === 'shared' ? null : given.belong_to_node_id,
    name: given.variable,
    label: given.label || given.variable,
    type,
    required: given.required ?? false,
    default: defaultOf(type, given.default_value),
    maxLength: most && Number.isSafeInteger(most) && most > 0 ? most : null,
    options: given.options ?? [],
    placeholder: given.placeholder || null,
    help: given.tooltips || null,
    unit: given.unit || null,
  }
}

/** Forms keep numbers and switches as texts, and no value as an empty one. */
function defaultOf(type: PipelineVariable['type'], value: unknown): unknown {
  if (value === undefined || value === '') return null
  if (type === 'number' && typeof value === 'string' && Number.isFinite(Number(value))) return Number(value)
  if (type === 'checkbox' && (value === 'true' || value === 'false')) return value === 'true'
  return value
}
