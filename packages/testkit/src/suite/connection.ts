import { type AuthSpec, type DataSource, type DataSourceContext, DataSourceError } from '@wellhead/datasource-node'
import {
  allowedOrigins,
  createContext,
  createEgress,
  type Egress,
  type HostedDataSource,
  type LiveCredential,
} from '@wellhead/plugin-host'
import { authorize, requestTokens, type TokenAnswer } from './authorize.ts'
import type { Stand } from './stand.ts'

export interface SentRequest {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One connection to the stand, as the host would have it, that remembers what it sent. */
export interface Connection {
  readonly hosted: HostedDataSource
  readonly origins: ReadonlySet<string>
  readonly sent: readonly SentRequest[]
  /** Every credential it ever had. */
  readonly secrets: readonly string[]
  /** The token answer that made it; `undefined` for an API key. */
  readonly tokens: TokenAnswer | undefined
  /** Generations that a refresh was asked for, in order, and what each answered. */
  readonly refreshes: readonly { readonly rejected: number; readonly answer: TokenAnswer }[]
  context(options?: { credential?: string; signal?: AbortSignal }): DataSourceContext
  close(): Promise<void>
}

const log = { debug() {}, info() {}, warn() {}, error() {} }

export async function connect(source: DataSource, auth: AuthSpec, stand: Stand): Promise<Connection> {
  const hosted = { source, endpoints: { ...source.endpoints, ...stand.endpoints }, from: 'builtin', sandbox: true }
  const settings = stand.settings ?? {}
  const sent: SentRequest[] = []
  const egress = recordingEgress(sent)
  const refreshes: { rejected: number; answer: TokenAnswer }[] = []

  let tokens: TokenAnswer | undefined
  if (auth.method === 'oauth2') tokens = await authorize(auth, hosted.endpoints, need(stand.oauth, 'oauth'))
  const first = tokens?.accessToken ?? need(stand.apiKey, 'apiKey')
  const secrets = [first]
  // Issued long ago: a 401 on a young token is taken for a missing scope.
  let live: LiveCredential = { secret: first, generation: 1, issuedAt: 0 }
  let refreshToken = tokens?.refreshToken

  async function refresh(rejected: number): Promise<LiveCredential> {
    if (rejected !== live.generation) return live
    if (auth.method !== 'oauth2' || refreshToken === undefined)
      throw new DataSourceError('unauthorized', 'There is nothing to refresh with.')
    const fields = { grant_type: 'refresh_token', refresh_token: refreshToken }
    const answer = await requestTokens(auth, hosted.endpoints, need(stand.oauth, 'oauth'), fields)
    refreshes.push({ rejected, answer })
    secrets.push(answer.accessToken)
    refreshToken = answer.refreshToken ?? refreshToken
    live = { secret: answer.accessToken, generation: live.generation + 1, issuedAt: 0 }
    return live
  }

  return {
    hosted,
    origins: allowedOrigins(hosted, settings),
    sent,
    secrets,
    tokens,
    refreshes,
    context: ({ credential, signal } = {}) =>
      createContext({
        hosted,
        settings,
        auth,
        egress,
        log,
        signal: signal ?? new AbortController().signal,
        retry: { tries: 2, baseMs: 1 },
        tokenInfo: tokens?.info ?? {},
        credential:
          credential === undefined
            ? { current: async () => live, ...(auth.method === 'oauth2' ? { refresh } : {}) }
            : { current: async () => ({ secret: credential, generation: 1, issuedAt: 0 }) },
      }),
    close: () => egress.close(),
  }
}

/** Lets nothing out but to this machine, and remembers it. */
function recordingEgress(sent: SentRequest[]): Egress {
  const egress = createEgress({ allow: ['127.0.0.0/8', '::1/128'] })
  return {
    close: () => egress.close(),
    fetch(url, init) {
      const to = new URL(url)
      const body = typeof init?.body === 'string' ? init.body : Buffer.from(init?.body ?? []).toString()
      sent.push({ url: to, headers: { ...init?.headers }, body })
      if (!['127.0.0.1', 'localhost', '[::1]'].includes(to.hostname))
        throw new DataSourceError('misconfigured', `The stand does not stand in for ${to.origin}.`)
      return egress.fetch(url, init)
    },
  }
}

function need<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new TypeError(`The stand has no "${name}", which this data source needs`)
  return value
}
