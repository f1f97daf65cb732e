import { type DataSourceContext, type DataSourceError, isDataSourceError, type Logger } from '@wellhead/datasource-node'
import { afterAll, beforeEach, expect } from 'vitest'
import { type ContextOptions, createContext, createEgress, type LiveCredential } from '../src/index.ts'
import { hosted, oauthSpec } from './sample-source.ts'

const egress = createEgress({ allow: ['127.0.0.1/32'] })
afterAll(() => egress.close())

/** What was logged in this test. */
export const logged: string[] = []
const write = (message: string, fields?: Record<string, unknown>) => logged.push(JSON.stringify([message, fields]))
const log: Logger = { debug: write, info: write, warn: write, error: write }
beforeEach(() => {
  logged.length = 0
})

const old = () => Date.now() - 3_600_000

/** A connection whose refreshes raise the generation: secret-1, secret-2, … */
export function credentials(options: { issuedAt?: number; refreshable?: boolean } = {}) {
  let live: LiveCredential = { secret: 'secret-1', generation: 1, issuedAt: options.issuedAt ?? old() }
  const rejected: number[] = []
  const port = {
    current: async () => live,
    ...(options.refreshable === false
      ? {}
      : {
          async refresh(generation: number) {
            rejected.push(generation)
            if (live.generation === generation) {
              live = { secret: `secret-${generation + 1}`, generation: generation + 1, issuedAt: Date.now() }
            }
            return live
          },
        }),
  }
  const set = (next: LiveCredential) => {
    live = next
  }
  return { port, rejected, set }
}

export function context(api: string, options: Partial<ContextOptions> = {}): DataSourceContext {
  return createContext({
    hosted: hosted({ api }),
    settings: {},
    auth: oauthSpec,
    credential: credentials().port,
    egress,
    signal: new AbortController().signal,
    log,
    ...options,
    retry: { baseMs: 1, ...options.retry },
  })
}

export async function failure(promise: Promise<unknown>): Promise<DataSourceError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(isDataSourceError(error), String(error)).toBe(true)
  return error as DataSourceError
}
