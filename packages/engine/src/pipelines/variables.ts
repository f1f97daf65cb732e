/** What a person was asked for, checked against what the document asks. */
import { EngineError } from '../errors.ts'
import type { PipelineVariable, VariableReference } from './model.ts'

interface VariableFault {
  readonly variable: string
  readonly label: string
  readonly message: string
}

/** What a run of the node may be given: its own variables and the shared ones. */
export function variablesOf(nodeId: string, variables: readonly PipelineVariable[]): PipelineVariable[] {
  return variables.filter((variable) => variable.nodeId === null || variable.nodeId === nodeId)
}

export function isSame(one: VariableReference, other: VariableReference): boolean {
  return one.nodeId === other.nodeId && one.name === other.name
}

export interface FilledVariable {
  readonly variable: PipelineVariable
  /** `undefined`: there is none, and none is required. */
  readonly value: unknown
}

/**
 * The values of `needed`. What was given for others of the node is checked all the same: it is meant for this pipeline.
 *
 * @throws EngineError `invalid_variables`, with all that is wrong
 */
export function fillVariables(
  known: readonly PipelineVariable[],
  needed: readonly PipelineVariable[],
  given: Readonly<Record<string, unknown>>,
): FilledVariable[] {
  const faults: VariableFault[] = Object.keys(given)
    .filter((name) => !known.some((variable) => variable.name === name))
    .map((name) => ({ variable: name, label: name, message: 'The node has no such variable.' }))
  const filled = known.flatMap((variable) => {
    const isNeeded = needed.includes(variable)
    const own = Object.hasOwn(given, variable.name) ? given[variable.name] : undefined
    const value = isNone(own) ? (isNeeded && !isNone(variable.default) ? variable.default : undefined) : own
    const wrong =
      value !== undefined ? wrongWith(variable, value) : isNeeded && variable.required ? 'It is needed.' : undefined
    if (wrong) faults.push({ variable: variable.name, label: variable.label, message: wrong })
    return isNeeded ? [{ variable, value }] : []
  })
  if (faults.length === 0) return filled
  throw new EngineError(
    'invalid_variables',
    faults
      .map(({ label, message }) => `${label}: ${message}`)
      .join(' ')
      .slice(0, 1_000),
    { details: { errors: faults } },
  )
}

/** An empty field of a form. */
const isNone = (value: unknown) => value === undefined || value === null || value === ''

function wrongWith({ type, maxLength, options }: PipelineVariable, value: unknown): string | undefined {
  switch (type) {
    case 'text':
    case 'paragraph':
      if (typeof value !== 'string') return 'It must be a text.'
      return maxLength !== null && Array.from(value).length > maxLength
        ? `It has at most ${maxLength} characters.`
        : undefined
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : 'It must be a number.'
    case 'checkbox':
      return typeof value === 'boolean' ? undefined : 'It must be true or false.'
    case 'select':
      return typeof value === 'string' && options.includes(value) ? undefined : `It is one of: ${options.join(', ')}.`
    case 'file':
      return isFile(value) ? undefined : 'It must be a file.'
    case 'file_list':
      if (!Array.isArray(value) || !value.every(isFile)) return 'It must be a list of files.'
      return maxLength !== null && value.length > maxLength ? `It has at most ${maxLength} files.` : undefined
  }
}

/** However the orchestrator describes one. */
const isFile = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
