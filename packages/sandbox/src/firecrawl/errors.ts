import type { z } from 'zod'
import type { Fault } from '../faults.ts'
import type { FaultAnswer } from '../provider.ts'

/** An answer that is not 2xx. The body is sent as it stands. https://docs.firecrawl.dev/api-reference/errors */
export class FirecrawlError extends Error {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, body: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>> = {}) {
    super(String(body.error))
    this.status = status
    this.body = body
    this.headers = headers
  }
}

export const refuse = (status: number, error: string, more: Readonly<Record<string, unknown>> = {}) =>
  new FirecrawlError(status, { success: false, ...more, error })

export const insufficientCredits =
  'Insufficient credits to perform this request. For more credits, you can upgrade your plan at https://firecrawl.dev/pricing or try changing the request limit to a lower value.'

export const rateLimitText = (consumed: number, retryAfterSeconds: number, resetsAt: Date) =>
  `Rate limit exceeded. Consumed (req/min): ${consumed}, Remaining (req/min): 0. Upgrade your plan at https://firecrawl.dev/pricing for increased rate limits or please retry after ${retryAfterSeconds}s, resets at ${resetsAt.toString()}`

const strictText = 'Unrecognized key in body -- please review the v2 API documentation for request body changes'

/** What the server makes of a body its schema refuses. */
export function fromZodError(error: z.ZodError): FirecrawlError {
  const issues = error.issues
  const [first] = issues
  const text = issues.some(hasUnrecognizedKeys) ? strictText : first?.code === 'custom' ? first.message : 'Bad Request'
  return refuse(400, text, { code: 'BAD_REQUEST', details: issues })
}

function hasUnrecognizedKeys(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'unrecognized_keys'
}

const faultTexts: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized: Invalid token',
  402: insufficientCredits,
  403: 'Request blocked: this API key is restricted to the following endpoints: scrape. Team admins can manage key restrictions at https://www.firecrawl.dev/app/api-keys',
  404: 'Job not found',
  408: 'Request timed out',
  409: 'Idempotency key already used',
  413: 'Payload Too Large',
}

/** The envelope of an injected fault. Its `code` becomes the body's `code`; a 429 names the seconds in its text, Retry-After or not. */
export function firecrawlFaultAnswer(fault: Fault, now: number): FaultAnswer {
  const status = fault.status ?? 500
  const code = fault.code === undefined ? {} : { code: fault.code }
  if (status === 429) {
    const named = Number(fault.retryAfter)
    const seconds =
      Number.isInteger(named) && named >= 0 && fault.retryAfter !== '' && fault.retryAfter !== undefined ? named : 32
    return {
      status,
      body: { success: false, ...code, error: rateLimitText(11, seconds, new Date(now + seconds * 1000)) },
    }
  }
  const text = faultTexts[status]
  if (text !== undefined) return { status, body: { success: false, ...code, error: text } }
  return {
    status,
    body: { success: false, code: 'UNKNOWN_ERROR', ...code, error: 'An unexpected error occurred on the server.' },
  }
}
