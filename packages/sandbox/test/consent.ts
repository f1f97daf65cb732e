import { load } from 'cheerio'
import type { Sandbox } from '../src/index.ts'

export const redirectUri = 'http://localhost:4999/oauth/callback/notion'

/** The authorize URL of the sandboxed Notion; `undefined` leaves a parameter out. */
export function authorizeUrl(sandbox: Sandbox, parameters: Record<string, string | undefined> = {}): string {
  const url = new URL(sandbox.endpoints.notion!.authorize!)
  const all = {
    client_id: sandbox.oauthClients.notion!.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    owner: 'user',
    state: 'st/ate &1',
    ...parameters,
  }
  for (const [name, value] of Object.entries(all)) if (value !== undefined) url.searchParams.set(name, value)
  return url.href
}

export interface ConsentForm {
  readonly method: string
  readonly action: string
  readonly fields: URLSearchParams
  readonly accounts: readonly { readonly id: string; readonly label: string }[]
  readonly pages: readonly { readonly id: string; readonly label: string; readonly checked: boolean }[]
  readonly buttons: readonly { readonly name: string; readonly value: string; readonly label: string }[]
}

/** Reads the form as a browser would fill it before anybody touches it. */
export async function openConsent(url: string): Promise<ConsentForm> {
  const response = await fetch(url, { redirect: 'manual' })
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  const $ = load(await response.text())
  const fields = new URLSearchParams()
  for (const input of $('form input').toArray()) {
    const { type, name = '', value = '' } = input.attribs
    if (type === 'hidden' || 'checked' in input.attribs) fields.append(name, value)
  }
  const labelled = (selector: string) =>
    $(selector as 'input')
      .toArray()
      .map((input) => ({
        id: input.attribs.value ?? '',
        label: $(input).closest('label').text().trim(),
        checked: 'checked' in input.attribs,
      }))
  return {
    method: $('form').attr('method') ?? 'get',
    action: new URL($('form').attr('action') ?? '', url).href,
    fields,
    accounts: labelled('input[name=account]'),
    pages: labelled('input[name=page]'),
    buttons: $('form button')
      .toArray()
      .map((button) => ({
        name: button.attribs.name ?? '',
        value: button.attribs.value ?? '',
        label: $(button).text(),
      })),
  }
}

export interface Answer {
  readonly decision?: 'allow' | 'cancel'
  /** Part of the account's label. */
  readonly account?: string
  /** Parts of the pages' labels; absent: as they stand checked. */
  readonly pages?: readonly string[]
}

/** Walks the consent page and gives where the browser is sent. */
export async function consent(url: string, answer: Answer = {}): Promise<URL> {
  const form = await openConsent(url)
  const fields = new URLSearchParams(form.fields)
  fields.set('decision', answer.decision ?? 'allow')
  const account = form.accounts.find(({ label }) => label.includes(answer.account ?? 'Ada'))
  fields.set('account', account!.id)
  if (answer.pages) {
    fields.delete('page')
    for (const part of answer.pages) fields.append('page', form.pages.find(({ label }) => label.includes(part))!.id)
  }
  const response = await fetch(form.action, { method: form.method, body: fields, redirect: 'manual' })
  if (response.status !== 302) throw new Error(`${response.status} ${await response.text()}`)
  return new URL(response.headers.get('location')!)
}

export const basic = ({ clientId, clientSecret }: { clientId: string; clientSecret: string }) =>
  `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}`

export interface TokenAnswer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: whatever the token endpoint says is asserted by the tests
  readonly body: any
}

/** POSTs JSON with Basic to one of the OAuth endpoints. */
export async function oauthCall(
  sandbox: Sandbox,
  endpoint: 'token' | 'revoke' | 'introspect',
  body: unknown,
  headers: Record<string, string> = {},
): Promise<TokenAnswer> {
  const response = await fetch(sandbox.endpoints.notion![endpoint]!, {
    method: 'POST',
    headers: {
      authorization: basic(sandbox.oauthClients.notion!),
      'content-type': 'application/json',
      'notion-version': '2026-03-11',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

/** Consent and exchange in one go. */
export async function connect(sandbox: Sandbox, answer: Answer = {}): Promise<TokenAnswer['body']> {
  const back = await consent(authorizeUrl(sandbox), answer)
  const code = back.searchParams.get('code')
  const token = await oauthCall(sandbox, 'token', { grant_type: 'authorization_code', code, redirect_uri: redirectUri })
  if (token.status !== 200) throw new Error(JSON.stringify(token.body))
  return token.body
}
