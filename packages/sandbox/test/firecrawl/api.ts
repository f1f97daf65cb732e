import { firecrawlKeys, type Sandbox } from '@wellhead/sandbox'
import { expect } from 'vitest'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: answers are judged by the assertions
  readonly body: any
}

export interface CallOptions {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** null: no Authorization header. */
  readonly key?: string | null
}

export type Call = (methodAndPath: string, options?: CallOptions) => Promise<Answer>

/** Calls the stand-in with the good key, as `call('POST /v2/crawl', { body })`. */
export function caller(sandbox: () => Sandbox): Call {
  return async (methodAndPath, { body, headers, key = firecrawlKeys.good } = {}) => {
    const [method = '', path = ''] = methodAndPath.split(' ')
    const answer = await fetch(new URL(path, `${sandbox().origin}`).href.replace('/v2/', '/firecrawl/v2/'), {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: answer.status, headers: answer.headers, body: await answer.json() }
  }
}

/** Starts a crawl and waits for its end. */
export async function crawl(call: Call, body: Readonly<Record<string, unknown>>): Promise<Answer & { id: string }> {
  const start = await call('POST /v2/crawl', { body: { limit: 100, ...body } })
  expect(start).toMatchObject({ status: 200, body: { success: true } })
  return { id: start.body.id, ...(await ended(call, start.body.id)) }
}

export async function ended(call: Call, id: string): Promise<Answer> {
  let answer = await call(`GET /v2/crawl/${id}`)
  await expect
    .poll(
      async () => {
        answer = await call(`GET /v2/crawl/${id}`)
        return answer.body.status
      },
      { interval: 20, timeout: 10_000 },
    )
    .not.toBe('scraping')
  return answer
}

/** The pages of a crawl's answer, below the site, in order of their names. */
export const pathsOf = (sandbox: Sandbox, answer: Answer): string[] =>
  answer.body.data
    .map((page: { metadata: { sourceURL: string } }) => page.metadata.sourceURL.replace(sandbox.siteUrl, ''))
    .sort()
