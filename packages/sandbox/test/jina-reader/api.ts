import type { Sandbox } from '@wellhead/sandbox'
import { expect } from 'vitest'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: answers are judged by the assertions
  readonly body: any
}

export interface CallOptions {
  readonly body?: unknown
  /** Added to `Accept: application/json`. */
  readonly headers?: Readonly<Record<string, string>>
  /** null: no Authorization header. Absent: the good key. */
  readonly key?: string | null
}

export type Call = (methodAndPath: string, options?: CallOptions) => Promise<Answer>

/** Calls the stand-in, as `call('POST /', { body })`. */
export function caller(sandbox: () => Sandbox): Call {
  return async (methodAndPath, { body, headers, key = sandbox().apiKeys['jina-reader'] ?? '' } = {}) => {
    const [method = '', path = ''] = methodAndPath.split(/ (.*)/s)
    const answer = await fetch(`${sandbox().endpoints['jina-reader']?.api}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.startsWith('application/json')
    return { status: answer.status, headers: answer.headers, text, body: isJson ? JSON.parse(text) : undefined }
  }
}

export const refusal = (code: number, status: number, name: string) => ({
  status: code,
  body: { data: null, code, status, name, message: expect.any(String), readableMessage: expect.stringContaining(name) },
})
