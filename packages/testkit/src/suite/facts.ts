import type { DataSourceErrorCode } from '@wellhead/datasource-node'
import type { CaseName } from './cases.ts'
import type { FaultAnswer, Stand } from './stand.ts'

/** What is particular to a data source and its stand. */
export interface SuiteFacts {
  /** Started once for each way to authenticate, and again for what would spoil it. */
  start(): Promise<Stand>
  /** How many pages, files or crawled pages there are to find, at least. Default 1. */
  readonly atLeast?: number
  /** Whether the stand-in's listing takes more than one page. Default true: make its pages small. */
  readonly paged?: boolean
  /** An id that no page, file or folder has: reading or listing it is `not_found`. */
  readonly missingId?: string
  /** Unsuccessful answers as the provider documents them, and what they mean. */
  readonly errors?: readonly ErrorFact[]
  /** What is listed as nothing: a folder by its name, or a query that no title matches. */
  readonly empty?: { readonly folder: string } | { readonly query: string }
  /** How the provider refuses a call that the connection was not granted. */
  readonly missingScope?: FaultAnswer
  /** How the provider refuses a cursor that is too old. */
  readonly expiredCursor?: FaultAnswer
  /** The name of a file of 256 MiB or more, somewhere in the drive. */
  readonly largeFile?: string
  /** Cases that this stand cannot show. Each must be one that it really cannot. */
  readonly notCovered?: readonly CaseName[]
}

export interface ErrorFact {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly code: DataSourceErrorCode
}
