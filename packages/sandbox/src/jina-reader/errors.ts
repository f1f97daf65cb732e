import type { FastifyReply } from 'fastify'
import type { Fault } from '../faults.ts'
import type { FaultAnswer } from '../provider.ts'
import { UnreadablePageError } from '../web-reader/fetch-page.ts'

/** An answer that is not 2xx, in the envelope that all of the vendor's services use. */
export class JinaError extends Error {
  readonly httpStatus: number
  /** HTTP status × 100 + n. */
  readonly status: number
  readonly retryAfterSeconds: number | undefined
  constructor(name: JinaErrorName, message: string, retryAfterSeconds?: number) {
    super(message)
    this.name = name
    this.status = statuses[name]
    this.httpStatus = Math.floor(this.status / 100)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Names and numbers as seen in the vendor's answers; those of 402 besides 40203 are the sandbox's choice. */
const statuses = {
  ParamValidationError: 40001,
  AuthenticationFailedError: 40102,
  AuthenticationRequiredError: 40103,
  InsufficientCreditsError: 40201,
  TierFeatureConstraintError: 40202,
  InsufficientBalanceError: 40203,
  OperationNotAllowedError: 40301,
  BudgetExceededError: 40904,
  AssertionFailureError: 42206,
  RateLimitTriggeredError: 42903,
  SecurityCompromiseError: 45102,
  ApplicationError: 50000,
  ServiceCrashedError: 50301,
} as const
export type JinaErrorName = keyof typeof statuses

export const errorBody = ({ name, message, httpStatus, status, retryAfterSeconds }: JinaError) => ({
  data: null,
  ...(retryAfterSeconds === undefined ? {} : { retryAfter: retryAfterSeconds }),
  code: httpStatus,
  name,
  status,
  message,
  readableMessage: `${name}: ${message}`,
})

export function sendError(reply: FastifyReply, error: JinaError, asJson: boolean): FastifyReply {
  const body = errorBody(error)
  // Plain text unless JSON was asked for.
  return reply
    .code(error.httpStatus)
    .type(asJson ? 'application/json; charset=utf-8' : 'text/plain; charset=utf-8')
    .send(asJson ? JSON.stringify(body) : `${body.readableMessage}\n`)
}

/** Whatever was thrown, in the vendor's words. */
export function toJinaError(error: unknown): JinaError {
  if (error instanceof JinaError) return error
  if (error instanceof UnreadablePageError) return new JinaError('AssertionFailureError', error.message)
  const { statusCode, message } = error as { statusCode?: unknown; message?: unknown }
  if (typeof statusCode === 'number' && statusCode < 500) return new JinaError('ParamValidationError', String(message))
  return new JinaError('ApplicationError', 'Internal error')
}

const faultNames: Readonly<Record<number, readonly [JinaErrorName, string]>> = {
  400: ['ParamValidationError', 'Invalid parameter'],
  401: ['AuthenticationFailedError', 'Invalid bearer token'],
  402: ['InsufficientBalanceError', 'Account balance not enough to run this query, please recharge.'],
  403: ['OperationNotAllowedError', 'This operation is not allowed.'],
  409: ['BudgetExceededError', 'Token budget exceeded'],
  422: ['AssertionFailureError', 'Failed to goto the page'],
  429: ['RateLimitTriggeredError', 'Per UID rate limit exceeded'],
  451: ['SecurityCompromiseError', 'This domain is blocked'],
  500: ['ApplicationError', 'Internal error'],
  503: ['ServiceCrashedError', 'Service temporarily not available'],
}

/** The envelope of an injected fault. Its `code` is one of the vendor's error names, such as `TierFeatureConstraintError`. */
export function jinaFaultAnswer(fault: Fault): FaultAnswer {
  const named = fault.code !== undefined && fault.code in statuses ? (fault.code as JinaErrorName) : undefined
  const status = fault.status ?? (named ? Math.floor(statuses[named] / 100) : 500)
  const [name, message] = faultNames[status] ?? ['ApplicationError', `Error ${status}`]
  const seconds = Number(fault.retryAfter || Number.NaN)
  const error = new JinaError(named ?? name, message, Number.isFinite(seconds) ? seconds : undefined)
  const known = Math.floor(error.status / 100) === status
  return { status, body: { ...errorBody(error), code: status, status: known ? error.status : status * 100 } }
}
