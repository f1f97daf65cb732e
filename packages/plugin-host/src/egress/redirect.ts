/** What a redirect makes of a request (RFC 9110, section 15.4, and the Fetch standard, "HTTP-redirect fetch"). */

export interface Outgoing {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly body: string | Uint8Array | undefined
}

const redirectStatuses: readonly number[] = [301, 302, 303, 307, 308]

/** Where the answer sends us; `undefined` when it is no redirect. `invalid` when Location cannot be read. */
export function redirectTarget(status: number, headers: Headers, from: URL): URL | 'invalid' | undefined {
  if (!redirectStatuses.includes(status)) return undefined
  const location = headers.get('location')
  if (location === null) return undefined
  return URL.canParse(location, from.href) ? new URL(location, from) : 'invalid'
}

/** The request that follows. What proves an identity is left behind when the origin changes. */
export function redirected(request: Outgoing, status: number, to: URL): Outgoing {
  const headers = new Headers(request.headers)
  if (to.origin !== request.url.origin) {
    for (const name of ['authorization', 'cookie', 'proxy-authorization']) headers.delete(name)
  }
  const becomesGet =
    status === 303 ? request.method !== 'HEAD' : (status === 301 || status === 302) && request.method === 'POST'
  if (!becomesGet) return { ...request, url: to, headers }
  for (const name of [...headers.keys()]) if (name.startsWith('content-')) headers.delete(name)
  return { url: to, method: 'GET', headers, body: undefined }
}
