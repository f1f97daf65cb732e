import { createClient, ProblemError } from '@wellhead/client'

type Listener = () => void
const listeners = new Set<Listener>()

/** Calls `listener` whenever the API says that nobody is signed in. */
export function onSignedOut(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The typed client of the HTTP API, with the member's session. */
export const api = createClient({
  baseUrl: location.origin,
  fetch: async (input, init) => {
    const response = await fetch(input, init)
    if (response.status === 401) for (const listener of listeners) listener()
    return response
  },
})

/** Whether the API refused with this code. */
export function isProblem(
  error: unknown,
  ...codes: readonly NonNullable<ProblemError['code']>[]
): error is ProblemError {
  return (
    error instanceof ProblemError && (codes.length === 0 || (error.code !== undefined && codes.includes(error.code)))
  )
}

/** Posts a form to a page of the server's, such as sign-in. The answer may be a page too. */
export function postForm(path: string, fields: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(path, { method: 'POST', headers: { accept: 'text/html' }, body: new URLSearchParams(fields) })
}
