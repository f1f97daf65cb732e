import {
  type DataSource,
  type DataSourceContext,
  DataSourceError,
  type FailedResponse,
} from '@wellhead/datasource-node'
import type { CaseName, SuiteFacts } from '../../src/index.ts'
import { caseNames } from '../../src/suite/cases.ts'

/** A source that breaks one thing. */
export interface Broken {
  readonly source: DataSource
  /** Each is the name of a test that must fail for it. */
  readonly fails: readonly RegExp[]
  /** The cases that show it; the others are left out, as they take their time. */
  readonly cases?: readonly CaseName[]
  readonly facts?: Partial<SuiteFacts>
}

export function factsOf({ cases = [], facts }: Broken): Partial<SuiteFacts> {
  return { notCovered: caseNames.filter((name) => !cases.includes(name)), ...facts }
}

/** Does what it should, and gives this instead of the error with one of these codes. */
export async function insteadOf<Value>(codes: readonly string[], work: Promise<Value>, value: Value): Promise<Value> {
  try {
    return await work
  } catch (error) {
    if (codes.length > 0 && !codes.includes((error as { code: string }).code)) throw error
    return value
  }
}

/** A context whose requests are sent once and never again. */
export const askingOnce = (ctx: DataSourceContext): DataSourceContext => ({
  ...ctx,
  fetch: (url, init) => ctx.fetch(url, { ...init, replayable: false }),
})

/** The same word, and a wait that is none of the provider's. */
export const hurried = (toError: DataSource['toError']) => (response: FailedResponse) => {
  const { code, message, status } = toError(response)
  return new DataSourceError(code, message, { status, retryAfterMs: 1 })
}
