import { createHash, randomBytes } from 'node:crypto'
import { type DataSourceContext, DataSourceError, type Endpoints } from '@wellhead/datasource-node'
import { createContext, createEgress, type LiveCredential, type RetryOptions } from '@wellhead/plugin-host'
import type { Sandbox } from '@wellhead/sandbox'
import { walkConsent } from '@wellhead/testkit/oauth-server'
import { afterAll } from 'vitest'
import { dropbox } from '../src/index.ts'

export const redirectUri = 'http://localhost:3400/oauth/callback/dropbox'

const egress = createEgress({ allow: ['127.0.0.1/32'] })
afterAll(() => egress.close())

export interface ConnectOptions {
  readonly retry?: RetryOptions
  readonly signal?: AbortSignal
  readonly current?: () => Promise<LiveCredential>
  readonly refresh?: (rejected: number) => Promise<LiveCredential>
}

/** The context that the host gives, on a server of a test. */
export function connect(endpoints: Partial<Endpoints>, options: ConnectOptions = {}): DataSourceContext {
  const { retry = { tries: 1 }, signal = new AbortController().signal, refresh } = options
  const current = options.current ?? (async () => ({ secret: `sl.u.${'a'.repeat(40)}`, generation: 1, issuedAt: 0 }))
  return createContext({
    hosted: { source: dropbox, endpoints: { ...dropbox.endpoints, ...endpoints }, from: 'builtin', sandbox: true },
    settings: {},
    auth: dropbox.auth[0],
    credential: { current, ...(refresh ? { refresh } : {}) },
    egress,
    signal,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    retry,
  })
}

/** One connection to the sandbox, made by nothing but the facts of the data source. */
export async function authorize(sandbox: Sandbox, { account = 'Ada' as 'Ada' | 'Bo' } = {}) {
  const [spec] = dropbox.auth
  const endpoints = sandbox.endpoints.dropbox!
  const { clientId, clientSecret } = sandbox.oauthClients.dropbox!
  const verifier = randomBytes(32).toString('base64url')
  const url = new URL(endpoints.authorize!)
  const query = {
    ...spec.authorizeParams,
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: spec.scopes.join(spec.scopeDelimiter),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  const page = await (await fetch(url)).text()
  const accountId = new RegExp(`value="(dbid:[^"]+)"[^<]*>\\s*<span>${account}`).exec(page)?.[1] ?? ''
  const back = await walkConsent(url.href, { accountId })

  const ask = async (fields: Record<string, string>) => {
    const body = new URLSearchParams({ ...fields, client_id: clientId, client_secret: clientSecret })
    const response = await fetch(endpoints.token!, { method: 'POST', body })
    const json = (await response.json()) as Record<string, string>
    if (response.status !== 200) throw new DataSourceError('unauthorized', String(json.error))
    return json
  }
  const tokens = await ask({
    grant_type: 'authorization_code',
    code: back.searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: verifier,
  })
  let live: LiveCredential = { secret: tokens.access_token ?? '', generation: 1, issuedAt: 0 }
  let refreshes = 0
  const port = {
    current: async () => live,
    async refresh(rejected: number) {
      if (rejected !== live.generation) return live
      const answer = await ask({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' })
      refreshes++
      live = { secret: answer.access_token ?? '', generation: live.generation + 1, issuedAt: 0 }
      return live
    },
  }
  return {
    tokens,
    refreshes: () => refreshes,
    context: (options: ConnectOptions = {}) => connect(endpoints, { ...port, ...options }),
  }
}
