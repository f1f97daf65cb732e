import type { DataSourceContext, DriveEntry, Logger } from '@wellhead/datasource-node'
import { createContext, createEgress, createPacer, type Egress, paceOf, type RetryOptions } from '@wellhead/plugin-host'
import { type Sandbox, startSandbox } from '@wellhead/sandbox'
import { walkConsent } from '@wellhead/testkit/oauth-server'
import { afterAll } from 'vitest'
import { onedrive } from '../src/index.ts'

const ownEgress = createEgress({ allow: ['127.0.0.1/32'] })
afterAll(() => ownEgress.close())

export interface Choices {
  readonly token?: string
  readonly retry?: RetryOptions
  readonly egress?: Egress
}

/** The context that the host gives, on a server of a test. All that are made here share no pace. */
export function connect(
  api: string,
  { token = 'good', retry = { tries: 1 }, egress }: Choices = {},
): DataSourceContext {
  const log: Logger = { debug() {}, info() {}, warn() {}, error() {} }
  const hosted = { source: onedrive, endpoints: { ...onedrive.endpoints, api }, from: 'builtin', sandbox: true }
  return createContext({
    hosted,
    settings: {},
    auth: onedrive.auth[0],
    credential: { current: async () => ({ secret: token, generation: 1, issuedAt: 0 }) },
    egress: egress ?? ownEgress,
    signal: new AbortController().signal,
    log,
    retry,
    pacer: createPacer(paceOf(hosted, {})),
  })
}

export interface Connected {
  readonly sandbox: Sandbox
  readonly token: string
  readonly ctx: DataSourceContext
  context(choices?: Choices): DataSourceContext
  close(): Promise<void>
}

const redirectUri = 'http://localhost:3400/oauth/callback/onedrive'

/** A sandbox with a connection of one of its accounts: `Ada` is at work, `Bo` a private person. */
export async function openOneDrive(account: 'Ada' | 'Bo' = 'Ada', pageSize = 25): Promise<Connected> {
  const sandbox = await startSandbox({ only: ['onedrive'], pageSize, redirectUris: [redirectUri] })
  const token = await tokenOf(sandbox, account)
  const context = (choices: Choices = {}) => connect(sandbox.endpoints.onedrive!.api!, { token, ...choices })
  return { sandbox, token, ctx: context(), context, close: () => sandbox.close() }
}

/** An access token by the way that a browser and a client take. */
export async function tokenOf(sandbox: Sandbox, account: string): Promise<string> {
  const { authorize, token } = sandbox.endpoints.onedrive as { authorize: string; token: string }
  const { clientId, clientSecret } = sandbox.oauthClients.onedrive!
  const url = new URL(authorize)
  const query = {
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: onedrive.auth[0].scopes.join(' '),
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  const page = await (await fetch(url)).text()
  const [, accountId = ''] = new RegExp(`value="([^"]+)"[^>]*>\\s*<span>${account}`).exec(page) ?? []
  const code = (await walkConsent(url.href, { accountId })).searchParams.get('code') ?? ''
  const fields = {
    client_id: clientId,
    client_secret: clientSecret,
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
  }
  const answer = await fetch(token, { method: 'POST', body: new URLSearchParams(fields) })
  return ((await answer.json()) as { access_token: string }).access_token
}

/** A folder to its end. */
export async function listAll(
  ctx: DataSourceContext,
  folder?: string,
): Promise<{ entries: DriveEntry[]; pages: number }> {
  const where = folder === undefined ? {} : { folder }
  const entries: DriveEntry[] = []
  let cursor: string | undefined
  for (let pages = 1; ; pages++) {
    const page = await onedrive.listFolder(ctx, { ...where, ...(cursor === undefined ? {} : { cursor }) })
    entries.push(...page.entries)
    if (page.nextCursor === null) return { entries, pages }
    cursor = page.nextCursor
  }
}

/** By its path below the top, such as `Reports/2026/Q1.csv`. */
export async function find(ctx: DataSourceContext, path: string): Promise<DriveEntry> {
  let folder: string | undefined
  let found: DriveEntry | undefined
  for (const name of path.split('/')) {
    found = (await listAll(ctx, folder)).entries.find((entry) => entry.name === name)
    if (!found) throw new Error(`There is no ${name} of ${path}`)
    folder = found.id
  }
  return found!
}

export async function textOf(body: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(body).text()
}
