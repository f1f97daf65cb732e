import type { CrawlEvent, DataSourceContext } from '@wellhead/datasource-node'
import { createContext, createEgress } from '@wellhead/plugin-host'
import { afterAll } from 'vitest'
import { jinaReader } from '../src/index.ts'

const egress = createEgress({ allow: ['127.0.0.1/32'] })
afterAll(() => egress.close())

const log = { debug() {}, info() {}, warn() {}, error() {} }

/** The context that the host gives, with an API key, on a server of a test. */
export function connect(
  api: string,
  options: { key?: string; settings?: Record<string, unknown>; signal?: AbortSignal; tries?: number } = {},
): DataSourceContext {
  return createContext({
    hosted: { source: jinaReader, endpoints: { api }, from: 'builtin', sandbox: true },
    settings: options.settings ?? {},
    auth: jinaReader.auth[0],
    credential: { current: async () => ({ secret: options.key ?? 'jina_good', generation: 1, issuedAt: 0 }) },
    egress,
    signal: options.signal ?? new AbortController().signal,
    log,
    retry: { tries: options.tries ?? 1, baseMs: 1 },
  })
}

/** Every event until the end, and the error that ended it. */
export async function follow(
  events: AsyncIterable<CrawlEvent>,
  onEvent: (event: CrawlEvent) => void = () => {},
): Promise<{ events: CrawlEvent[]; error: unknown }> {
  const seen: CrawlEvent[] = []
  try {
    for await (const event of events) {
      seen.push(event)
      onEvent(event)
    }
  } catch (error) {
    return { events: seen, error }
  }
  return { events: seen, error: undefined }
}

export const only = <Type extends CrawlEvent['type']>(events: readonly CrawlEvent[], type: Type) =>
  events.filter((event): event is Extract<CrawlEvent, { type: Type }> => event.type === type)
