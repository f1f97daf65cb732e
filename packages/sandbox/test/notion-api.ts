import type { Sandbox } from '../src/index.ts'
import { loadNotionSpec } from './notion-spec.ts'

export const spec = loadNotionSpec()
/** The paths of the spec that the tests of this file have walked. */
export const covered = new Set<string>()

export interface CallOptions {
  readonly token?: string | null
  readonly version?: string | null
  readonly headers?: Record<string, string>
  /** The request is not what the spec has: invalid on purpose, or newer than it. Only the answer is checked then. */
  readonly outsideSpec?: boolean
}

/** Calls the REST API; each exchange is checked against the vendor's spec when it is at hand. */
export async function call(
  sandbox: Sandbox,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  options: CallOptions = {},
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API says is asserted by the tests
): Promise<{ status: number; headers: Headers; body: any }> {
  const { token = sandbox.apiKeys.notion!, version = '2026-03-11' } = options
  const response = await fetch(sandbox.endpoints.notion!.api + path, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(version === null ? {} : { 'notion-version': version }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const answer = await response.json()
  const walked = spec?.check({
    method,
    path,
    ...(body === undefined ? {} : { requestBody: body }),
    outsideSpec: options.outsideSpec ?? false,
    status: response.status,
    responseBody: answer,
  })
  if (walked) covered.add(walked)
  return { status: response.status, headers: response.headers, body: answer }
}

/** Every result of a paged call. */
export async function all(
  sandbox: Sandbox,
  method: 'GET' | 'POST',
  path: string,
  body: Record<string, unknown> = {},
  options: CallOptions = {},
) {
  const results = []
  let pages = 0
  for (let cursor: string | undefined; ; ) {
    const answer =
      method === 'POST'
        ? await call(sandbox, method, path, { ...body, ...(cursor ? { start_cursor: cursor } : {}) }, options)
        : await call(sandbox, method, path + (cursor ? `?start_cursor=${cursor}` : ''), undefined, options)
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
    results.push(...answer.body.results)
    pages += 1
    if (!answer.body.has_more) return { results, pages }
    cursor = answer.body.next_cursor
  }
}

/** The id of the page or data source with this title. */
export async function idByTitle(sandbox: Sandbox, title: string): Promise<string> {
  const { results } = await all(sandbox, 'POST', '/v1/search', { query: title })
  const found = results.find((item) => titleOf(item) === title)
  if (!found) throw new Error(`Nothing is called ${title}`)
  return found.id
}

// biome-ignore lint/suspicious/noExplicitAny: pages and data sources as they come
export function titleOf(item: any): string {
  const rich =
    item.object === 'page'
      ? Object.values<{ type: string; title?: unknown }>(item.properties).find((p) => p.type === 'title')?.title
      : item.title
  return (rich as { plain_text: string }[]).map((piece) => piece.plain_text).join('')
}
