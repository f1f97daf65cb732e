import { createHash, randomBytes } from 'node:crypto'
import type { DataSourceContext, DriveEntry } from '@wellhead/datasource-node'
import { createContext, createEgress, type RetryOptions } from '@wellhead/plugin-host'
import { type Sandbox, startSandbox } from '@wellhead/sandbox'
import { walkConsent } from '@wellhead/testkit/oauth-server'
import { afterAll } from 'vitest'
import { googleDrive } from '../src/index.ts'

const redirectUri = 'http://localhost:3400/oauth/callback/google-drive'

const egress = createEgress({ allow: ['127.0.0.1/32'] })
afterAll(() => egress.close())

const log = { debug() {}, info() {}, warn() {}, error() {} }

export interface Connected {
  readonly retry?: RetryOptions
  readonly signal?: AbortSignal
}

/** The context that the host gives, with an access token, on a server of a test. */
export function contextOf(
  endpoints: { readonly api: string; readonly docs?: string },
  token = 'ya29.good',
  { retry = { tries: 1 }, signal = new AbortController().signal }: Connected = {},
): DataSourceContext {
  return createContext({
    hosted: {
      source: googleDrive,
      endpoints: { ...googleDrive.endpoints, ...endpoints },
      from: 'builtin',
      sandbox: true,
    },
    settings: {},
    auth: googleDrive.auth[0],
    credential: { current: async () => ({ secret: token, generation: 1, issuedAt: 0 }) },
    egress,
    signal,
    log,
    retry,
  })
}

export const startDrive = (pageSize = 100): Promise<Sandbox> =>
  startSandbox({ only: ['google-drive'], redirectUris: [redirectUri], pageSize })

/** Lets Ada allow it; the context of her account, and her token. */
export async function connect(sandbox: Sandbox, options: Connected = {}) {
  const { authorize = '', token = '', api = '', docs = '' } = sandbox.endpoints['google-drive'] ?? {}
  const { clientId = '', clientSecret = '' } = sandbox.oauthClients['google-drive'] ?? {}
  const verifier = randomBytes(32).toString('base64url')
  const [oauth] = googleDrive.auth
  const url = new URL(authorize)
  url.search = new URLSearchParams({
    ...oauth.authorizeParams,
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: oauth.scopes.join(' '),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString()
  const callback = await walkConsent(url.href)
  const answer = await fetch(token, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: callback.searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: verifier,
      client_id: clientId,
      client_secret: clientSecret,
    }),
  })
  const { access_token: secret } = (await answer.json()) as { access_token: string }
  return { ctx: contextOf({ api, docs }, secret, options), secret, clientId }
}

/** Every entry of a folder, and how many pages it took. */
export async function listAll(ctx: DataSourceContext, folder?: string) {
  const entries: DriveEntry[] = []
  let pages = 0
  let cursor: string | null = null
  do {
    const where = { ...(folder === undefined ? {} : { folder }), ...(cursor === null ? {} : { cursor }) }
    const page: Awaited<ReturnType<typeof googleDrive.listFolder>> = await googleDrive.listFolder(ctx, where)
    entries.push(...page.entries)
    cursor = page.nextCursor
    pages++
  } while (cursor !== null)
  return { entries, pages }
}

export async function entryNamed(ctx: DataSourceContext, name: string, folder?: string): Promise<DriveEntry> {
  const found = (await listAll(ctx, folder)).entries.find((entry) => entry.name === name)
  if (!found) throw new Error(`There is no "${name}".`)
  return found
}

export const textOf = (body: ReadableStream<Uint8Array>): Promise<string> => new Response(body).text()
