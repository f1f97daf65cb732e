import {
  type DataSourceContext,
  DataSourceError,
  type FetchInit,
  isDataSourceError,
  isRetryable,
} from '@wellhead/datasource-node'
import { notion } from '../src/index.ts'

/** A context on a server of a test. */
export function connect(origin: string, key = 'ntn_good'): DataSourceContext {
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  return {
    async fetch(url: string | URL, init: FetchInit = {}) {
      const response = await fetch(url, {
        method: init.method ?? 'GET',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...init.headers },
        ...(init.json === undefined ? {} : { body: JSON.stringify(init.json) }),
      })
      const text = await response.text().catch(() => {
        throw new DataSourceError('provider_unavailable', 'cut')
      })
      if (response.ok) return new Response(text, { status: response.status, headers: response.headers })
      let json: unknown
      try {
        json = JSON.parse(text)
      } catch {}
      throw notion.toError({ status: response.status, headers: response.headers, text, json })
    },
    endpoint: () => origin,
    settings: {},
    signal: new AbortController().signal,
    log,
    now: Date.now,
  }
}
void isDataSourceError
void isRetryable

export async function textOf(content: string | AsyncIterable<string>): Promise<string> {
  if (typeof content === 'string') return content
  let all = ''
  for await (const piece of content) all += piece
  return all
}
