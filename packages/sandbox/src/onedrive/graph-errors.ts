import { randomUUID } from 'node:crypto'
import type { PublicError, PublicInnerError } from '@microsoft/microsoft-graph-types'
import type { AccountKind } from './accounts.ts'

/** An error of Microsoft Graph: https://learn.microsoft.com/graph/errors */
export class GraphError extends Error {
  readonly status: number
  readonly code: string
  /** More specific than `code`. */
  readonly innerCode: string | undefined
  readonly headers: Readonly<Record<string, string>>
  constructor(
    status: number,
    code: string,
    message: string,
    more: { innerCode?: string; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message)
    this.status = status
    this.code = code
    this.innerCode = more.innerCode
    this.headers = more.headers ?? {}
  }
}

export interface GraphErrorBody {
  readonly error: PublicError & {
    readonly innerError: PublicInnerError & {
      readonly date: string
      readonly 'request-id': string
      readonly 'client-request-id': string
    }
  }
}

/** Personal accounts are served by another system, which writes the same codes in another case. */
export function graphErrorBody(
  { code, message, innerCode }: GraphError,
  kind: AccountKind,
  now: number,
): GraphErrorBody {
  const id = randomUUID()
  return {
    error: {
      code: kind === 'work' ? code : otherCase(code),
      message,
      innerError: {
        ...(innerCode === undefined ? {} : { code: innerCode }),
        date: new Date(now).toISOString().slice(0, 19),
        'request-id': id,
        'client-request-id': id,
      },
    },
  }
}

function otherCase(code: string): string {
  const first = code.slice(0, 1)
  return (first === first.toLowerCase() ? first.toUpperCase() : first.toLowerCase()) + code.slice(1)
}

export const invalidRequest = (message: string): GraphError => new GraphError(400, 'invalidRequest', message)
export const itemNotFound = (): GraphError => new GraphError(404, 'itemNotFound', 'The resource could not be found.')
export const accessDenied = (innerCode?: string): GraphError =>
  new GraphError(403, 'accessDenied', 'Access denied', innerCode === undefined ? {} : { innerCode })
export const throttled = (seconds: number): GraphError =>
  new GraphError(429, 'activityLimitReached', 'The request has been throttled', {
    innerCode: 'throttledRequest',
    headers: { 'retry-after': String(seconds) },
  })

/** The code and the sentence of a status that a fault asks for. */
export const usual: Readonly<Record<number, readonly [code: string, message: string]>> = {
  400: ['invalidRequest', 'Invalid request'],
  401: ['InvalidAuthenticationToken', 'Lifetime validation failed, the token is expired.'],
  403: ['accessDenied', 'Access denied'],
  404: ['itemNotFound', 'The resource could not be found.'],
  406: ['notAcceptable', 'Not acceptable'],
  409: ['nameAlreadyExists', 'The specified item name already exists.'],
  410: ['resyncRequired', 'Resync required. Replace any local items with the server version.'],
  416: ['invalidRange', 'The specified byte range is invalid or unavailable.'],
  423: ['locked', 'The resource you are attempting to access is locked'],
  429: ['activityLimitReached', 'The request has been throttled'],
  500: ['generalException', 'General exception while processing'],
  503: ['serviceNotAvailable', 'The service is not available. Try the request again after a delay.'],
  504: ['generalException', 'The request timed out.'],
  507: ['quotaLimitReached', 'The user has reached their quota limit.'],
  509: ['activityLimitReached', 'The bandwidth limit has been exceeded.'],
}
