/**
 * Calls to the sandboxed OneDrive. What it answers is typed by Microsoft's own `@microsoft/microsoft-graph-types`: in the sandbox's code by
 * `satisfies`, and here. Microsoft's client is no judge: it attaches a token to https hosts alone, so that it cannot be pointed at a sandbox.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Drive, DriveItem, User } from '@microsoft/microsoft-graph-types'
import type { Sandbox } from '../../src/index.ts'
import { type Answer, consent } from '../consent.ts'

export const redirectUri = 'http://localhost:4999/oauth/callback/onedrive'
export const allScopes = 'Files.Read User.Read offline_access'
export const verifier = randomBytes(32).toString('base64url')
export const challenge = createHash('sha256').update(verifier).digest('base64url')

/** The authorize URL; `undefined` leaves a parameter out. */
export function authorizeUrl(
  sandbox: Sandbox,
  parameters: Record<string, string | undefined> = {},
  tenant = 'common',
): string {
  const url = new URL(sandbox.endpoints.onedrive!.authorize!.replace('/common/', `/${tenant}/`))
  const all = {
    client_id: sandbox.oauthClients.onedrive!.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    response_mode: 'query',
    scope: allScopes,
    state: 'st/ate &1',
    prompt: 'select_account',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...parameters,
  }
  for (const [name, value] of Object.entries(all)) if (value !== undefined) url.searchParams.set(name, value)
  return url.href
}

export interface Answered<Body = Record<string, unknown>> {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

/** `undefined` leaves a field out. */
export async function token(
  sandbox: Sandbox,
  fields: Record<string, string | undefined>,
  headers: Record<string, string> = {},
  // biome-ignore lint/suspicious/noExplicitAny: whatever the token endpoint says is asserted by the tests
): Promise<Answered<any>> {
  const { clientId, clientSecret } = sandbox.oauthClients.onedrive!
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries({ client_id: clientId, client_secret: clientSecret, ...fields }))
    if (value !== undefined) body.set(name, value)
  const response = await fetch(sandbox.endpoints.onedrive!.token!, { method: 'POST', body, headers })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

export const exchange = (sandbox: Sandbox, code: string | null, more: Record<string, string | undefined> = {}) =>
  token(sandbox, {
    grant_type: 'authorization_code',
    code: code ?? '',
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...more,
  })

export const refresh = (sandbox: Sandbox, refreshToken: string, more: Record<string, string | undefined> = {}) =>
  token(sandbox, { grant_type: 'refresh_token', refresh_token: refreshToken, ...more })

export async function freshCode(
  sandbox: Sandbox,
  parameters: Record<string, string | undefined> = {},
  answer: Answer = {},
) {
  return (await consent(authorizeUrl(sandbox, parameters), answer)).searchParams.get('code')
}

export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_in: number
  readonly scope: string
}

/** Consent and exchange in one go. */
export async function signIn(
  sandbox: Sandbox,
  account: 'Ada' | 'Bo' = 'Ada',
  parameters: Record<string, string | undefined> = {},
): Promise<Tokens> {
  const answer = await exchange(sandbox, await freshCode(sandbox, parameters, { account }))
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return answer.body
}

export type Item = DriveItem & { '@microsoft.graph.downloadUrl'?: string; id: string; name: string }

/** What Graph may answer, all of it in one. */
export interface GraphBody extends Omit<User, keyof Drive>, Drive {
  id: string
  value: Item[]
  '@odata.nextLink'?: string
  '@odata.deltaLink'?: string
  error: { code: string; message: string; innerError: Record<string, unknown> }
}

/** A call to Graph, by a path below the endpoint or by a whole URL. Redirects are not followed. */
export async function graph(
  sandbox: Sandbox,
  accessToken: string | null,
  path: string,
  init: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answered<GraphBody>> {
  const url = path.startsWith('http') ? path : sandbox.endpoints.onedrive!.api + path
  const authorization = accessToken === null ? {} : { authorization: `Bearer ${accessToken}` }
  const response = await fetch(url, { ...init, headers: { ...authorization, ...init.headers }, redirect: 'manual' })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : undefined }
}

/** Every item of a listing or a delta, with the last answer. */
export async function all(sandbox: Sandbox, accessToken: string, path: string) {
  const items: Item[] = []
  for (let next: string | undefined = path, pages = 1; ; pages++) {
    const { status, body }: Answered<GraphBody> = await graph(sandbox, accessToken, next)
    if (status !== 200) throw new Error(JSON.stringify(body))
    items.push(...body.value)
    next = body['@odata.nextLink']
    if (next === undefined) return { items, pages, last: body }
  }
}

export async function itemAt(sandbox: Sandbox, accessToken: string, path: string): Promise<Item> {
  const { status, body } = await graph(
    sandbox,
    accessToken,
    `/me/drive/root:${path.split('/').map(encodeURIComponent).join('/')}`,
  )
  if (status !== 200) throw new Error(JSON.stringify(body))
  return body as unknown as Item
}
