import { createHash, randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import type { Sandbox } from '../../src/index.ts'
import { consent } from '../consent.ts'
import { hasStone, readStone } from './stone.ts'
import { createStoneCheck } from './stone-check.ts'

export const redirectUri = 'http://localhost:4999/oauth/callback/dropbox'
export const allScopes = 'account_info.read files.metadata.read files.content.read'

export const stone = hasStone ? readStone() : undefined
export const stoneCheck = stone && createStoneCheck(stone)

const verifier = randomBytes(32).toString('base64url')

/** The authorize URL; `undefined` leaves a parameter out. */
export function authorizeUrl(sandbox: Sandbox, parameters: Record<string, string | undefined> = {}): string {
  const url = new URL(sandbox.endpoints.dropbox!.authorize!)
  const all = {
    client_id: sandbox.oauthClients.dropbox!.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    token_access_type: 'offline',
    scope: allScopes,
    state: 'st/ate &1',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...parameters,
  }
  for (const [name, value] of Object.entries(all)) if (value !== undefined) url.searchParams.set(name, value)
  return url.href
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API says is asserted by the tests
  readonly body: any
}

async function answered(response: Response): Promise<Answered> {
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json')
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined }
}

/** `undefined` leaves a field out. */
export async function token(
  sandbox: Sandbox,
  fields: Record<string, string | undefined>,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const { clientId, clientSecret } = sandbox.oauthClients.dropbox!
  const all = { client_id: clientId, client_secret: clientSecret, ...fields }
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(all)) if (value !== undefined) body.set(name, value)
  return answered(await fetch(sandbox.endpoints.dropbox!.token!, { method: 'POST', body, headers }))
}

export async function codeOf(sandbox: Sandbox, parameters: Record<string, string | undefined> = {}, account = 'Ada') {
  const back = await consent(authorizeUrl(sandbox, parameters), { account })
  return back.searchParams.get('code')!
}

export const exchange = (sandbox: Sandbox, code: string, fields: Record<string, string | undefined> = {}) =>
  token(sandbox, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...fields,
  })

export const refresh = (sandbox: Sandbox, refreshToken: string, fields: Record<string, string | undefined> = {}) =>
  token(sandbox, { grant_type: 'refresh_token', refresh_token: refreshToken, ...fields })

/** Consent and exchange in one go: the token answer. */
export async function connect(
  sandbox: Sandbox,
  { account = 'Ada', scope = allScopes } = {},
): Promise<Answered['body']> {
  const { status, body, text } = await exchange(sandbox, await codeOf(sandbox, { scope }, account))
  if (status !== 200) throw new Error(text)
  return body
}

export interface CallOptions {
  readonly headers?: Record<string, string>
  /** The namespace of the header Dropbox-API-Path-Root. */
  readonly root?: string
  /** The argument is wrong on purpose: only the answer is compared. */
  readonly wrong?: boolean
}

const rooted = (root: string | undefined): Record<string, string> =>
  root === undefined ? {} : { 'dropbox-api-path-root': JSON.stringify({ '.tag': 'root', root }) }

/** Calls an RPC route; argument and answer are compared with the vendor's files when they are at hand. */
export async function rpc(
  sandbox: Sandbox,
  accessToken: string,
  name: string,
  argument: unknown = null,
  { headers, root, wrong = false }: CallOptions = {},
): Promise<Answered> {
  const answer = await answered(
    await fetch(`${sandbox.endpoints.dropbox!.api}/${name}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${accessToken}`,
        'content-type': 'application/json',
        ...rooted(root),
        ...headers,
      },
      body: JSON.stringify(argument),
    }),
  )
  compare(name, wrong ? undefined : argument, answer.status, answer.body)
  return answer
}

export const headerJson = (value: unknown) =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Calls a route of the content host. */
export async function content(
  sandbox: Sandbox,
  accessToken: string,
  name: string,
  argument: unknown,
  { headers, root, wrong = false }: CallOptions = {},
) {
  const response = await fetch(`${sandbox.endpoints.dropbox!.content}/${name}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${accessToken}`,
      'dropbox-api-arg': headerJson(argument),
      ...rooted(root),
      ...headers,
    },
  })
  const header = response.headers.get('dropbox-api-result')
  const result = header === null ? undefined : JSON.parse(header)
  const answer = await answered(response)
  compare(name, wrong ? undefined : argument, answer.status, result ?? answer.body)
  return { ...answer, result }
}

const errorsByStatus: Readonly<Record<number, string>> = {
  401: 'auth.AuthError',
  403: 'auth.AccessError',
  422: 'common.PathRootError',
  429: 'auth.RateLimitError',
}

function compare(name: string, argument: unknown, status: number, body: unknown): void {
  const route = stone?.routes.get(name)
  if (!stoneCheck || !route) return
  const faults = argument === undefined ? [] : [...stoneCheck.faultsOf(route.argument, argument, 'the argument')]
  if (status === 200 || status === 206) faults.push(...stoneCheck.faultsOf(route.result, body, 'the result'))
  else if (body !== undefined && (status === 409 || errorsByStatus[status])) {
    const { error, error_summary: summary } = body as { error: Record<string, unknown>; error_summary: string }
    const type = status === 409 ? route.error : { name: errorsByStatus[status] ?? '', nullable: false, options: {} }
    faults.push(...stoneCheck.faultsOf(type, error, 'the error'))
    if (!/^[\w/]+\/\.+$/.test(summary)) faults.push(`the summary is ${summary}`)
  }
  expect(faults, `${name} answering ${status}`).toEqual([])
}

/** Every entry of a listing, and how many pages it took. */
export async function listAll(sandbox: Sandbox, accessToken: string, argument: object, options: CallOptions = {}) {
  let page = await rpc(sandbox, accessToken, 'files/list_folder', argument, options)
  const entries = []
  for (let pages = 1; ; pages++) {
    expect(page.status, page.text).toBe(200)
    entries.push(...page.body.entries)
    if (!page.body.has_more) return { entries, pages, cursor: page.body.cursor as string }
    page = await rpc(sandbox, accessToken, 'files/list_folder/continue', { cursor: page.body.cursor }, options)
  }
}

/** What changed since the cursor, to the end. */
export async function changesSince(sandbox: Sandbox, accessToken: string, from: string, options: CallOptions = {}) {
  const entries = []
  for (let cursor = from; ; ) {
    const page = await rpc(sandbox, accessToken, 'files/list_folder/continue', { cursor }, options)
    expect(page.status, page.text).toBe(200)
    entries.push(...page.body.entries)
    cursor = page.body.cursor
    if (!page.body.has_more) return { entries, cursor }
  }
}
