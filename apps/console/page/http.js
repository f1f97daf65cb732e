/** The HTTP API, as the console uses it: its session is the cookie, its errors are problem documents (RFC 9457). */
/** @import { Problem } from '@wellhead/client/schema' */

export class ProblemError extends Error {
  /** @param {Pick<Problem, 'code' | 'detail' | 'errors' | 'details'>} problem */
  constructor(problem) {
    super(problem.detail)
    this.name = 'ProblemError'
    this.code = problem.code
    /** What is wrong where, by the names of the request's fields. */
    this.errors = problem.errors ?? /** @type {NonNullable<Problem['errors']>} */ (problem.details?.errors) ?? []
  }
}

/**
 * @template Answer
 * @param {'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<Answer>}
 * @throws {ProblemError}
 */
export async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new ProblemError({ code: 'service_unavailable', detail: 'Wellhead does not answer. Is it still running?' })
  })
  if (response.ok)
    return response.status === 204 ? /** @type {Answer} */ (undefined) : /** @type {Answer} */ (await response.json())
  const problem = await response.json().catch(() => undefined)
  if (response.status === 401) dispatchEvent(new Event('wellhead:signed-out'))
  throw new ProblemError(
    problem && typeof problem.detail === 'string'
      ? problem
      : { code: 'internal_error', detail: `Wellhead answered with status ${response.status}.` },
  )
}

/**
 * Every page of a list.
 *
 * @template Item
 * @param {string} path
 * @returns {Promise<Item[]>}
 */
export async function callAll(path) {
  const items = /** @type {Item[]} */ ([])
  /** @type {string | null} */
  let cursor = null
  do {
    const query = new URLSearchParams({ limit: '100', ...(cursor === null ? {} : { cursor }) })
    const page = /** @type {{ items: Item[], next_cursor: string | null }} */ (await call('GET', `${path}?${query}`))
    items.push(...page.items)
    cursor = page.next_cursor
  } while (cursor !== null)
  return items
}

/**
 * Posts a form to a page of the server, such as sign-in.
 *
 * @param {string} path
 * @param {Record<string, string>} [fields]
 * @returns {Promise<Response>}
 */
export function postForm(path, fields = {}) {
  return fetch(path, { method: 'POST', headers: { accept: 'text/html' }, body: new URLSearchParams(fields) })
}
