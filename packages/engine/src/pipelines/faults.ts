import type { z } from 'zod'
import { EngineError } from '../errors.ts'

/** What is wrong where in a document: a path of keys joined by dots, and a sentence. */
export interface Fault {
  readonly path: string
  readonly message: string
}

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

export function faultsOf(error: z.core.$ZodError, outer: readonly PropertyKey[] = []): Fault[] {
  return error.issues.flatMap((issue) => {
    const path = [...outer, ...issue.path]
    // Of what can be said in several ways, the way that was come closest to, where the schema has no words of its own.
    const [closest] = issue.code === 'invalid_union' ? issue.errors.toSorted((a, b) => a.length - b.length) : []
    if (closest?.length && issue.message === 'Invalid input')
      return faultsOf({ issues: closest } as z.core.$ZodError, path)
    return [{ path: path.map(String).join('.'), message: sentence(issue.message) }]
  })
}

const sentence = (message: string) => (/[.!?]$/.test(message) ? message : `${message}.`)
