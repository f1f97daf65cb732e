import type { Fault, Problem, ProblemCode } from './schema/index.ts'

/** The API refused, or could not do, what was asked. */
export class ProblemError extends Error {
  /** Stable. `undefined` when what answered was not the API (a proxy's page, say). */
  readonly code: ProblemCode | undefined
  readonly status: number
  /** What is wrong where in the request, of `invalid_request` and of what a data source refuses in its settings and parameters. */
  readonly errors: readonly Fault[]
  readonly details: Readonly<Record<string, unknown>>
  /** Seconds, where the answer said when to ask again. */
  readonly retryAfterSeconds: number | undefined

  constructor(status: number, problem: Partial<Problem>, retryAfterSeconds?: number) {
    super(problem.detail ?? problem.title ?? `The server answered with status ${status}.`)
    this.name = 'ProblemError'
    this.code = problem.code
    this.status = status
    this.errors = problem.errors ?? (problem.details?.errors as Problem['errors']) ?? []
    this.details = problem.details ?? {}
    this.retryAfterSeconds = retryAfterSeconds
  }
}

export async function problemOf(response: Response): Promise<ProblemError> {
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json')
  const text = await response.text().catch(() => '')
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  return new ProblemError(
    response.status,
    isProblem ? parsed(text) : {},
    Number.isNaN(retryAfter) ? undefined : retryAfter,
  )
}

function parsed(text: string): Partial<Problem> {
  try {
    return JSON.parse(text) as Problem
  } catch {
    return {}
  }
}
