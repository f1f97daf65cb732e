import type { Fault, ProblemError } from '@wellhead/client'
import { isProblem } from '../api/client.ts'

/** What is wrong with a document that was to be imported. */
export type DocumentProblem =
  | { readonly kind: 'mistakes'; readonly faults: readonly Fault[] }
  | { readonly kind: 'sources'; readonly nodes: readonly UnknownSource[] }

interface UnknownSource {
  readonly title: string
  /** What the document calls the source. */
  readonly names: readonly string[]
}

/** `undefined`: the error is about something else. */
export function documentProblem(error: unknown): DocumentProblem | undefined {
  if (isProblem(error, 'invalid_pipeline_document')) return { kind: 'mistakes', faults: listIn<Fault>(error, 'errors') }
  if (isProblem(error, 'unknown_data_source')) return { kind: 'sources', nodes: listIn<UnknownSource>(error, 'nodes') }
  return undefined
}

function listIn<Item>(error: ProblemError, name: string): readonly Item[] {
  const list = error.details[name]
  return Array.isArray(list) && list.length > 0 ? list : []
}
