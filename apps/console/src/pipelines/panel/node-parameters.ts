/**
 * The parameters of a node, sorted by where their values come from: constants are fields of the form; what the document fills
 * from variables is asked for at each run, unless a constant was set in its place.
 */
import type { DataSource, Pipeline, PipelineNode, PipelineVariable } from '@wellhead/client'

type Value = PipelineNode['parameters'][number]['value']
type Values = Readonly<Record<string, unknown>>
/** Text, or a variable in it. */
export type Part = string | { readonly node_id: string | null; readonly name: string }

interface Schema {
  readonly properties?: Readonly<
    Record<string, { readonly title?: string; readonly type?: unknown; readonly default?: unknown }>
  >
  readonly required?: readonly string[]
}

export interface NodeParameters {
  /** Of the source's schema what is entered as constants. */
  readonly schema: Record<string, unknown>
  /** What the fields show. */
  readonly values: Values
  /** What holds when nothing is set here: of the document, else the source's default. */
  readonly given: Values
  /** Filled from variables. */
  readonly asked: readonly AskedParameter[]
  /** Filled from variables by the document, but set to a constant here. */
  readonly fixed: readonly { readonly name: string; readonly label: string }[]
  /** What a person is asked for. */
  readonly variables: readonly PipelineVariable[]
}

export interface AskedParameter {
  readonly name: string
  readonly label: string
  readonly parts: readonly Part[]
}

/** @param isFixed whether a parameter that the document fills from variables is to be a constant */
export function parametersOf(
  pipeline: Pipeline,
  node: PipelineNode,
  source: DataSource,
  isFixed: (name: string) => boolean,
): NodeParameters {
  const { properties = {}, required = [] } = source.parameters_schema as Schema
  const values: Record<string, unknown> = {}
  const given: Record<string, unknown> = {}
  const asked: AskedParameter[] = []
  const fixed: { name: string; label: string }[] = []
  const entered: string[] = []
  for (const [name, property] of Object.entries(properties)) {
    const label = property.title ?? name
    const value = node.parameters.find(({ parameter }) => parameter === name)?.value
    const parts = partsOf(value)
    if (hasVariable(parts)) {
      if (!isFixed(name)) {
        asked.push({ name, label, parts })
        continue
      }
      fixed.push({ name, label })
    }
    entered.push(name)
    given[name] = fitted(property.type, constantOf(value)) ?? property.default
    values[name] = node.values[name] ?? given[name]
  }
  return {
    schema: {
      ...source.parameters_schema,
      properties: Object.fromEntries(entered.map((name) => [name, properties[name]])),
      required: required.filter((name) => entered.includes(name)),
    },
    values,
    given,
    asked,
    fixed,
    variables: askedVariables(pipeline, node, asked),
  }
}

/** What has to be kept of what was entered: where it is not what holds anyway. */
export function constantsOf({ given, fixed }: NodeParameters, entered: Values): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(entered).filter(
      ([name, value]) => fixed.some((one) => one.name === name) || String(value) !== String(given[name] ?? ''),
    ),
  )
}

export function isSame(one: Values, other: Values): boolean {
  const sorted = (values: Values) => JSON.stringify(Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return sorted(one) === sorted(other)
}

/** The node's own and the shared ones, each once; a run names them by their names alone. */
function askedVariables(
  { variables }: Pipeline,
  node: PipelineNode,
  asked: readonly AskedParameter[],
): PipelineVariable[] {
  const references = asked.flatMap(({ parts }) => parts.filter((part) => typeof part !== 'string'))
  return variables.filter(
    (variable) =>
      (variable.node_id === null || variable.node_id === node.id) &&
      references.some(({ node_id, name }) => node_id === variable.node_id && name === variable.name),
  )
}

function partsOf(value: Value | undefined): readonly Part[] {
  if (value?.kind === 'text') return value.parts
  return value?.kind === 'variable' ? [value.variable] : []
}

const hasVariable = (parts: readonly Part[]) => parts.some((part) => typeof part !== 'string')

function constantOf(value: Value | undefined): unknown {
  if (value?.kind === 'text') return value.parts.join('')
  return value?.kind === 'constant' && value.value !== '' && value.value !== null ? value.value : undefined
}

/** Documents keep numbers and switches as texts too. */
function fitted(type: unknown, value: unknown): unknown {
  if (type === 'boolean' && typeof value === 'string') return value === 'true'
  return value
}
