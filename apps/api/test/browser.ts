/** As much of a browser as the tests need: cookies by path, the headers that browsers add, no redirect taken by itself. */
export interface Browser {
  get(url: string, headers?: Record<string, string>): Promise<Response>
  /** Posts a form from a page of the site. */
  post(url: string, form: Record<string, string>, headers?: Record<string, string>): Promise<Response>
  /** A request of the console's script. */
  json(method: string, url: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
  cookies(): readonly { name: string; value: string; attributes: string }[]
}

export function createBrowser(origin: string): Browser {
  const jar = new Map<string, { value: string; path: string; attributes: string }>()

  async function send(method: string, target: string, headers: Record<string, string>, body?: string) {
    const url = new URL(target, origin)
    const own = url.origin === origin
    const cookies = [...jar].filter(([, cookie]) => own && url.pathname.startsWith(cookie.path))
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        ...(cookies.length ? { cookie: cookies.map(([name, { value }]) => `${name}=${value}`).join('; ') } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    })
    if (own)
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = '', attributes = ''] = /^([^=]+)=([^;]*);?(.*)$/.exec(line) ?? []
        const path = /path=([^;]+)/i.exec(attributes)?.[1] ?? '/'
        if (value === '' || /max-age=0\b/i.test(attributes)) jar.delete(name)
        else jar.set(name, { value, path, attributes })
      }
    return response
  }

  return {
    get: (url, headers = {}) => send('GET', url, { accept: 'text/html', ...headers }),
    post: (url, form, headers = {}) =>
      send(
        'POST',
        url,
        { origin, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded', ...headers },
        new URLSearchParams(form).toString(),
      ),
    json: (method, url, body, headers = {}) =>
      send(
        method,
        url,
        {
          origin,
          'sec-fetch-site': 'same-origin',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body === undefined ? undefined : JSON.stringify(body),
      ),
    cookies: () => [...jar].map(([name, { value, attributes }]) => ({ name, value, attributes })),
  }
}
