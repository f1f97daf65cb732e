/**
 * A person at a browser, as far as a consent page needs one: keeps cookies, follows redirects, and presses the button that
 * gives access.
 */
import { load } from 'cheerio'

export interface Person {
  /** From our connect page through the provider's consent page to the end. @throws Error saying where it stopped */
  giveAccess(connectUrl: string): Promise<void>
}

const MOST_STEPS = 20

export function createPerson(): Person {
  // By host, as browsers keep them: ports share cookies (RFC 6265, section 8.5).
  const cookies = new Map<string, Map<string, string>>()

  async function request(url: URL, init: RequestInit = {}): Promise<Response> {
    const jar = cookies.get(url.hostname) ?? new Map<string, string>()
    cookies.set(url.hostname, jar)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { accept: 'text/html', ...(cookie ? { cookie } : {}), ...init.headers },
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const equals = pair.indexOf('=')
      jar.set(pair.slice(0, equals), pair.slice(equals + 1))
    }
    return response
  }

  return {
    async giveAccess(connectUrl) {
      let url = new URL(connectUrl)
      let response = await request(url)
      for (let step = 0; step < MOST_STEPS; step++) {
        const location = response.headers.get('location')
        if (location) {
          await response.body?.cancel()
          url = new URL(location, url)
          response = await request(url)
          continue
        }
        const page = await response.text()
        if (!response.ok) throw new Error(`${url.origin}${url.pathname} answered with status ${response.status}.`)
        const form = formOf(page, url)
        if (!form) return
        url = form.url
        response = await request(url, {
          method: 'POST',
          body: form.fields,
          headers: { origin: form.origin, 'content-type': 'application/x-www-form-urlencoded' },
        })
      }
      throw new Error('The provider and Wellhead send each other round in circles.')
    },
  }
}

/** The page's form with its fields as they stand and the button that goes on. */
function formOf(page: string, base: URL): { url: URL; origin: string; fields: URLSearchParams } | undefined {
  const $ = load(page)
  const form = $('form[method="post" i]').first()
  if (form.length === 0) return undefined
  const fields = new URLSearchParams()
  form.find('input').each((_, element) => {
    const input = $(element)
    const name = input.attr('name')
    const type = input.attr('type')?.toLowerCase() ?? 'text'
    if (!name || type === 'submit' || ((type === 'checkbox' || type === 'radio') && !input.is('[checked]'))) return
    fields.append(name, input.attr('value') ?? '')
  })
  const button = form
    .find('button[name]')
    .toArray()
    .map((element) => $(element))
    .find((one) => !/cancel|deny/i.test(one.attr('value') ?? ''))
  if (button) fields.append(button.attr('name') as string, button.attr('value') ?? '')
  return { url: new URL(form.attr('action') ?? '', base), origin: base.origin, fields }
}
