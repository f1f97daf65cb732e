/**
 * Walks an authorize URL as a browser would: fills in the consent page, if there is one, as it is shown, presses the button that allows (or
 * refuses), and gives the callback URL without calling it. Knows this server's page and any other of one plain form.
 *
 * @throws Error when the server shows an error page instead
 */
export async function walkConsent(
  authorizeUrl: string,
  choice: { accountId?: string; deny?: boolean; scopes?: readonly string[] } = {},
): Promise<URL> {
  const answer = await fetch(authorizeUrl, { redirect: 'manual' })
  const html = await answer.text()
  const location = answer.headers.get('location')
  if (location) return new URL(location, authorizeUrl)
  const form = answer.status === 200 ? readForm(html) : undefined
  if (!form) throw new Error(`The authorize endpoint shows no consent page (HTTP ${answer.status}): ${plain(html)}`)

  const { fields, buttons } = form
  const { accountId, deny = false, scopes } = choice
  const refuses = ({ name, value, label }: Button) => /deny|cancel/i.test(`${name} ${value} ${label}`)
  const button = buttons.find((one) =>
    refuses(one) ? deny : !deny && (one.name !== 'account' || accountId === undefined || one.value === accountId),
  )
  if (!button) throw new Error('The consent page has no such button')
  if (accountId !== undefined && fields.has('account')) fields.set('account', accountId)
  if (scopes) fields.set('scopes', scopes.join(' '))
  if (button.name) fields.append(button.name, button.value)

  const decision = await fetch(new URL(form.action, authorizeUrl), {
    method: 'POST',
    redirect: 'manual',
    // As a browser says it of a form of the same site.
    headers: { origin: new URL(authorizeUrl).origin },
    body: fields,
  })
  const back = decision.headers.get('location')
  const text = await decision.text()
  if (!back) throw new Error(`The consent page refuses (HTTP ${decision.status}): ${plain(text)}`)
  return new URL(back, authorizeUrl)
}

interface Button {
  readonly name: string
  readonly value: string
  readonly label: string
}

/** The form as it is before anybody touches it. */
function readForm(html: string): { action: string; fields: URLSearchParams; buttons: Button[] } | undefined {
  const [, opening = '', inside = ''] = /<form\b([^>]*)>(.*?)<\/form>/is.exec(html) ?? []
  if (!inside) return undefined
  const fields = new URLSearchParams()
  for (const [, tag = ''] of inside.matchAll(/<input\b([^>]*)>/gi)) {
    const input = attributes(tag)
    if (input.name && (input.type === 'hidden' || 'checked' in input)) fields.append(input.name, input.value ?? '')
  }
  const buttons = [...inside.matchAll(/<button\b([^>]*)>(.*?)<\/button>/gis)].map(([, tag = '', label = '']) => {
    const { name = '', value = '' } = attributes(tag)
    return { name, value, label: plain(label) }
  })
  return { action: attributes(opening).action ?? '', fields, buttons }
}

function attributes(tag: string): Record<string, string> {
  const found = [...tag.matchAll(/([\w-]+)(?:\s*=\s*"([^"]*)")?/g)]
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name.toLowerCase(), unescapeHtml(value)]))
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const unescapeHtml = (text: string) =>
  text.replace(/&(?:#(\d+)|(\w+));/g, (whole, code?: string, name?: string) =>
    code ? String.fromCodePoint(Number(code)) : (named[name ?? ''] ?? whole),
  )

const plain = (html: string) =>
  unescapeHtml(html.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300)
