import { isProblem } from '../../api/client.ts'
import { FieldProblems } from '../../ui/form.tsx'
import type { NodeParameters } from './node-parameters.ts'

interface Fault {
  readonly path?: string
  readonly variable?: string
  readonly message: string
}

/** What the API refused of a node's values, at the fields of its form. Anything else is given back as it is. */
export function atFields(error: unknown, { asked }: NodeParameters): unknown {
  if (!isProblem(error, 'invalid_parameters', 'invalid_variables')) return error
  const faults = error.details.errors
  if (!Array.isArray(faults)) return error
  return new FieldProblems(
    Object.fromEntries((faults as Fault[]).map((fault) => [fieldOf(fault, asked), fault.message])),
  )
}

function fieldOf({ path = '', variable }: Fault, asked: NodeParameters['asked']): string {
  if (variable !== undefined) return `variables.${variable}`
  const field = path.replace(/^nodes\.\d+\./, '')
  // What is filled from a variable is put right there.
  const parts = asked.find(({ name }) => field === `parameters.${name}`)?.parts
  const first = parts?.find((part) => typeof part !== 'string')
  return first && typeof first !== 'string' ? `variables.${first.name}` : field
}
