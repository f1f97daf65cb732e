/** What an operation is given, and where it puts what it finds. */
import type { NewDocument, NewEntry } from '../documents/writer.ts'
import type { DocumentKind } from '../model.ts'

export interface Sink {
  has(kind: DocumentKind, externalId: string): Promise<boolean>
  hasAny(kind: DocumentKind): Promise<boolean>
  document(document: NewDocument): Promise<void>
  /** A page of a listing. `told`: what the run has of them already stays, or gives way to these. */
  entries(entries: readonly NewEntry[], told: 'first' | 'last'): Promise<void>
  count(): number
  progress(completed: number, total: number | null): Promise<void>
  checkpoint(checkpoint: Readonly<Record<string, unknown>>): Promise<void>
  warn(warning: string): void
}

export interface OperationInput {
  readonly parameters: Record<string, unknown>
  readonly cursor: string | null
  /** What a former try of this run left, for going on from there. */
  readonly checkpoint: Readonly<Record<string, unknown>> | null
}
