/**
 * What a data source is given when a node runs: what the caller names goes before what was chosen for the node, and that before
 * what the document says. All by the data source's own names.
 */
import type { DataSource } from '@wellhead/datasource-node'
import { EngineError } from '../errors.ts'
import type { DocumentNode, ParameterValue, PipelineVariable, VariableReference } from './model.ts'
import { parameterOf } from './sources.ts'
import { type FilledVariable, fillVariables, isSame, variablesOf } from './variables.ts'

interface EffectiveParameter {
  /** As the document calls it. */
  readonly name: string
  /** As the data source does. */
  readonly parameter: string
  readonly value: ParameterValue
}

/** What of the document takes effect: what the data source knows, and nothing else has taken the place of. */
export function effectiveParameters(
  source: DataSource,
  node: Pick<DocumentNode, 'parameters'>,
  replaced: Readonly<Record<string, unknown>>,
): EffectiveParameter[] {
  return node.parameters.flatMap(({ name, value }) => {
    const parameter = parameterOf(source, name)
    return parameter === null || Object.hasOwn(replaced, parameter) ? [] : [{ name, parameter, value }]
  })
}

export function referencesOf(value: ParameterValue): readonly VariableReference[] {
  if (value.kind === 'variable') return [value.variable]
  return value.kind === 'text' ? value.parts.filter((part) => typeof part !== 'string') : []
}

/**
 * @param accepted the parameters that the operation takes: those of the node that it does not are left out
 * @throws EngineError `invalid_variables`; `invalid_parameters` where the document names a variable that it does not have
 */
export function fillParameters(
  source: DataSource,
  node: DocumentNode,
  input: {
    readonly accepted: readonly string[]
    readonly chosen: Readonly<Record<string, unknown>>
    readonly named: Readonly<Record<string, unknown>>
    readonly declared: readonly PipelineVariable[]
    readonly variables: Readonly<Record<string, unknown>>
  },
): Record<string, unknown> {
  const isAccepted = ([name]: readonly [string, unknown]) => input.accepted.includes(name)
  const chosen = Object.fromEntries(Object.entries(input.chosen).filter(isAccepted))
  const effective = effectiveParameters(source, node, { ...chosen, ...input.named }).filter(({ parameter }) =>
    input.accepted.includes(parameter),
  )
  const known = variablesOf(node.id, input.declared)
  requireKnown(effective, known)
  const needed = known.filter((variable) =>
    effective.some(({ value }) => referencesOf(value).some((reference) => isSame(reference, variable))),
  )
  const filled = fillVariables(known, needed, input.variables)
  const fromDocument = effective.flatMap(({ parameter, value }) => {
    const given = filledValue(value, filled)
    return given === undefined ? [] : [[parameter, fitted(source, parameter, given)] as const]
  })
  return { ...Object.fromEntries(fromDocument), ...chosen, ...input.named }
}

function requireKnown(effective: readonly EffectiveParameter[], known: readonly PipelineVariable[]): void {
  const errors = effective.flatMap(({ name, parameter, value }) =>
    referencesOf(value)
      .filter((reference) => !known.some((variable) => isSame(variable, reference)))
      .map((reference) => ({
        path: `parameters.${parameter}`,
        message: `The document fills ${name} from the variable ${reference.name}, which this node does not have.`,
      })),
  )
  if (errors.length > 0)
    throw new EngineError('invalid_parameters', 'Give these parameters: the document has no value for them.', {
      details: { errors },
    })
}

/** `undefined`: nothing, so that the data source's own default holds. */
function filledValue(value: ParameterValue, filled: readonly FilledVariable[]): unknown {
  const read = (reference: VariableReference) =>
    filled.find(({ variable }) => isSame(variable, reference))?.value as unknown
  if (value.kind === 'constant') return value.value === '' ? undefined : value.value
  if (value.kind === 'variable') return read(value.variable)
  if (value.kind === 'unset') return undefined
  const [first, ...others] = value.parts
  // One variable and nothing around it stays what it is: a number, say.
  if (first !== undefined && typeof first !== 'string' && others.length === 0) return read(first)
  const text = value.parts.map((part) => (typeof part === 'string' ? part : asText(read(part)))).join('')
  return text === '' ? undefined : text
}

const asText = (value: unknown) =>
  value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)

/** Documents keep numbers and switches as texts too. What fits in neither form is left for the data source to refuse. */
export function fitted(source: DataSource, parameter: string, value: unknown): unknown {
  if (typeof value !== 'string' || accepts(source, parameter, value)) return value
  const other = value === 'true' ? true : value === 'false' ? false : Number(value)
  return accepts(source, parameter, other) ? other : value
}

export function accepts(source: DataSource, parameter: string, value: unknown): boolean {
  const { shape } = source.parameters
  return Object.hasOwn(shape, parameter) && shape[parameter]?.safeParse(value).success === true
}
