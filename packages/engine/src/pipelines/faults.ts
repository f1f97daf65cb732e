import { EngineError } from '../errors.ts'
import type { Fault } from '../faults.ts'

/** One mistake can show in thousands of places. */
const MOST_FAULTS = 50

export function invalidDocument(faults: readonly Fault[]): EngineError {
  const [first, ...others] = faults
  const where = first?.path ? `${first.path}: ` : ''
  return new EngineError(
    'invalid_pipeline_document',
    `${where}${first?.message}${others.length > 0 ? ` (and ${others.length} more)` : ''}`,
    { details: { errors: faults.slice(0, MOST_FAULTS) } },
  )
}
