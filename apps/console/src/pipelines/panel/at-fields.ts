import type { Fault } from '@wellhead/client'
import { isProblem } from '../../api/client.ts'
import { FieldProblems } from '../../ui/form.tsx'
import type { NodeParameters } from './node-parameters.ts'

interface NodeFault extends Omit<Fault, 'path'> {
  readonly path?: string
  readonly variable?: string
}

/** What the API refused of a node's values, at the fields of its form. Anything else is given back as it is. */
export function atFields(
  error: unknown,
  { asked }: NodeParameters,
  wordsOf: (fault: Pick<Fault, 'code' | 'limit' | 'message'>) => string,
): unknown {
  if (!isProblem(error, 'invalid_parameters', 'invalid_variables')) return error
  const faults = error.details.errors
  if (!Array.isArray(faults)) return error
  return new FieldProblems(
    Object.fromEntries((faults as NodeFault[]).map((fault) => [fieldOf(fault, asked), wordsOf(fault)])),
  )
}

function fieldOf({ path = '', variable }: NodeFault, asked: NodeParameters['asked']): string {
  if (variable !== undefined) return `variables.${variable}`
  const field = path.replace(/^nodes\.\d+\./, '')
  // What is filled from a variable is put right there.
  const parts = asked.find(({ name }) => field === `parameters.${name}`)?.parts
  const first = parts?.find((part) => typeof part !== 'string')
  return first && typeof first !== 'string' ? `variables.${first.name}` : field
}
