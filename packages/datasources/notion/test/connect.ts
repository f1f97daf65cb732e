import type { DataSourceContext } from '@wellhead/datasource-node'
import { createContext, createEgress, type RetryOptions } from '@wellhead/plugin-host'
import { afterAll } from 'vitest'
import { notion } from '../src/index.ts'

const egress = createEgress({ allow: ['127.0.0.1/32'] })
afterAll(() => egress.close())

const log = { debug() {}, info() {}, warn() {}, error() {} }

/** The context that the host gives, with an API key, on a server of a test. */
export function connect(
  api: string,
  key = 'ntn_good',
  retry: RetryOptions = { tries: 1 },
  signal = new AbortController().signal,
): DataSourceContext {
  return createContext({
    hosted: { source: notion, endpoints: { ...notion.endpoints, api }, from: 'builtin', sandbox: true },
    settings: {},
    auth: notion.auth[0],
    credential: { current: async () => ({ secret: key, generation: 1, issuedAt: 0 }) },
    egress,
    signal,
    log,
    retry,
  })
}

export async function textOf(content: string | AsyncIterable<string>): Promise<string> {
  if (typeof content === 'string') return content
  let all = ''
  for await (const piece of content) all += piece
  return all
}
