import { createHash, randomBytes } from 'node:crypto'
import { load } from 'cheerio'
import { type Sandbox, startSandbox } from '../../src/index.ts'

export const redirectUri = 'http://localhost:4999/oauth/callback/google-drive'
export const readonly = 'https://www.googleapis.com/auth/drive.readonly'

export interface Client {
  readonly clientId: string
  readonly clientSecret: string
}

/** Of the same project as the sandbox's own client. */
export const sibling = {
  clientId: '407123456789-another0client0of0the0same00project0.apps.googleusercontent.com',
  clientSecret: 'GOCSPX-another',
  redirectUris: [redirectUri],
}
export const stranger = {
  clientId: '99-a0client0of0another0project.apps.googleusercontent.com',
  clientSecret: 'GOCSPX-stranger',
  redirectUris: [redirectUri],
}

export const startDrive = (pageSize = 100): Promise<Sandbox> =>
  startSandbox({ only: ['google-drive'], redirectUris: [redirectUri], pageSize })

export const endpoint = (sandbox: Sandbox, name: string): string => sandbox.endpoints['google-drive']?.[name] ?? ''
export const ownClient = (sandbox: Sandbox): Client => sandbox.oauthClients['google-drive']!

export const verifier = randomBytes(32).toString('base64url')
const challenge = createHash('sha256').update(verifier).digest('base64url')

/** The authorize URL as a good client makes it; `undefined` leaves a parameter out. */
export function authorizeUrl(sandbox: Sandbox, parameters: Record<string, string | undefined> = {}): string {
  const url = new URL(endpoint(sandbox, 'authorize'))
  const all = {
    client_id: ownClient(sandbox).clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: readonly,
    state: 'st/ate &1',
    access_type: 'offline',
    prompt: 'consent select_account',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...parameters,
  }
  for (const [name, value] of Object.entries(all)) if (value !== undefined) url.searchParams.set(name, value)
  return url.href
}

export async function openConsent(url: string) {
  const response = await fetch(url, { redirect: 'manual' })
  const html = await response.text()
  if (response.status !== 200) throw new Error(`${response.status} ${html}`)
  const $ = load(html)
  const fields = new URLSearchParams()
  for (const { attribs } of $('form input').toArray())
    if (attribs.type === 'hidden' || 'checked' in attribs) fields.append(attribs.name ?? '', attribs.value ?? '')
  const accounts = $('input[name=account]')
    .toArray()
    .map((input) => ({ id: input.attribs.value ?? '', label: $(input).closest('label').text().trim() }))
  return { action: new URL($('form').attr('action') ?? '', url).href, fields, accounts, text: $('main').text() }
}

export interface Choice {
  readonly decision?: 'allow' | 'cancel'
  /** Part of the account's label. */
  readonly account?: string
  /** The scopes that stay ticked. */
  readonly scopes?: readonly string[]
}

/** Walks the consent page and gives where the browser is sent. */
export async function consent(url: string, choice: Choice = {}): Promise<URL> {
  const form = await openConsent(url)
  form.fields.set('decision', choice.decision ?? 'allow')
  form.fields.set('account', form.accounts.find(({ label }) => label.includes(choice.account ?? 'Ada'))?.id ?? '')
  if (choice.scopes) {
    form.fields.delete('scope')
    for (const scope of choice.scopes) form.fields.append('scope', scope)
  }
  const response = await fetch(form.action, { method: 'POST', body: form.fields, redirect: 'manual' })
  if (response.status !== 302) throw new Error(`${response.status} ${await response.text()}`)
  return new URL(response.headers.get('location') ?? '')
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: whatever comes is asserted by the tests
  readonly body: any
}

export async function post(
  sandbox: Sandbox,
  name: 'token' | 'revoke',
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(endpoint(sandbox, name), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(form).toString(),
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

const inBody = (client: Client) => ({ client_id: client.clientId, client_secret: client.clientSecret })

export function exchange(
  sandbox: Sandbox,
  code: string | null,
  more: Record<string, string> = {},
  client = ownClient(sandbox),
): Promise<Answer> {
  return post(sandbox, 'token', {
    grant_type: 'authorization_code',
    code: code ?? '',
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...inBody(client),
    ...more,
  })
}

export const refresh = (sandbox: Sandbox, refreshToken: string, client = ownClient(sandbox)): Promise<Answer> =>
  post(sandbox, 'token', { grant_type: 'refresh_token', refresh_token: refreshToken, ...inBody(client) })

/** Consent and exchange in one go; the token answer. */
export async function connect(
  sandbox: Sandbox,
  choice: Choice = {},
  parameters: Record<string, string | undefined> = {},
  client: Client = ownClient(sandbox),
): Promise<Answer['body']> {
  const back = await consent(authorizeUrl(sandbox, { client_id: client.clientId, ...parameters }), choice)
  const answer = await exchange(sandbox, back.searchParams.get('code'), {}, client)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return answer.body
}

export type Query = Readonly<Record<string, string>>

/** A call of the API, with its answer as text, bytes or JSON as it says. */
export async function get(
  sandbox: Sandbox,
  token: string | undefined,
  path: string,
  query: Query = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const url = `${endpoint(sandbox, 'api')}${path}?${new URLSearchParams(query)}`
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(url, { headers: { ...authorization, ...headers } })
  const isJson = response.headers.get('content-type')?.includes('application/json')
  const body = isJson ? await response.json() : Buffer.from(await response.arrayBuffer())
  return { status: response.status, headers: response.headers, body }
}

export const allDrives = { supportsAllDrives: 'true', includeItemsFromAllDrives: 'true' }
