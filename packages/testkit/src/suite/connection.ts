import {
  type AuthSpec,
  type DataSource,
  type DataSourceContext,
  DataSourceError,
  type TokenInfo,
} from '@wellhead/datasource-node'
import {
  allowedOrigins,
  createContext,
  createEgress,
  type HostedDataSource,
  type LiveCredential,
} from '@wellhead/plugin-host'
import { authorize, refreshTokens, type TokenAnswer } from './authorize.ts'
import { recordingEgress, type SentRequest, type Traffic } from './recording-egress.ts'
import type { Stand } from './stand.ts'

export type { SentRequest } from './recording-egress.ts'

export interface ContextChoices {
  /** In place of the connection's own. */
  readonly credential?: string
  readonly signal?: AbortSignal
  /** Called right before each request goes out, also each hop of a redirect. */
  readonly onSend?: (request: SentRequest) => void | Promise<void>
}

/** One connection to the stand, as the host would have it, that remembers what it sent. */
export interface Connection {
  readonly hosted: HostedDataSource
  readonly origins: ReadonlySet<string>
  readonly traffic: Readonly<Traffic>
  /** Every credential it ever had. */
  readonly secrets: readonly string[]
  /** The token answer that made it; `undefined` for an API key. */
  readonly tokens: TokenAnswer | undefined
  /** What `identify` is given: the token answer without its secrets, and the client that it was issued to. */
  readonly tokenInfo: TokenInfo
  /** The newest refresh token. */
  refreshToken(): string | undefined
  /** Generations that a refresh was asked for, in order, and what each answered. */
  readonly refreshes: readonly { readonly rejected: number; readonly answer: TokenAnswer }[]
  context(choices?: ContextChoices): DataSourceContext
  close(): Promise<void>
}

const log = { debug() {}, info() {}, warn() {}, error() {} }

export async function connect(source: DataSource, auth: AuthSpec, stand: Stand): Promise<Connection> {
  const hosted = { source, endpoints: { ...source.endpoints, ...stand.endpoints }, from: 'builtin', sandbox: true }
  const settings = stand.settings ?? {}
  const traffic: Traffic = { sent: [], open: 0, bytes: 0 }
  const egress = createEgress({ allow: ['127.0.0.0/8', '::1/128'] })
  const refreshes: { rejected: number; answer: TokenAnswer }[] = []

  let tokens: TokenAnswer | undefined
  if (auth.method === 'oauth2') tokens = await authorize(auth, hosted.endpoints, need(stand.oauth, 'oauth'))
  const first = tokens?.accessToken ?? need(stand.apiKey, 'apiKey')
  const tokenInfo = tokens ? { ...tokens.info, client_id: need(stand.oauth, 'oauth').clientId } : {}
  const secrets = [first]
  // Issued long ago: a 401 on a young token is taken for a missing scope.
  let live: LiveCredential = { secret: first, generation: 1, issuedAt: 0 }
  let refreshToken = tokens?.refreshToken
  let refreshing: Promise<LiveCredential> | undefined

  async function refreshOnce(rejected: number): Promise<LiveCredential> {
    if (auth.method !== 'oauth2' || refreshToken === undefined)
      throw new DataSourceError('unauthorized', 'There is nothing to refresh with.')
    const answer = await refreshTokens(auth, hosted.endpoints, need(stand.oauth, 'oauth'), refreshToken)
    refreshes.push({ rejected, answer })
    secrets.push(answer.accessToken)
    refreshToken = answer.refreshToken ?? refreshToken
    live = { secret: answer.accessToken, generation: live.generation + 1, issuedAt: 0 }
    return live
  }

  /** One at a time, as the engine does it: whoever comes meanwhile gets the same answer. */
  async function refresh(rejected: number): Promise<LiveCredential> {
    if (rejected !== live.generation) return live
    refreshing ??= refreshOnce(rejected).finally(() => {
      refreshing = undefined
    })
    return refreshing
  }

  return {
    hosted,
    origins: allowedOrigins(hosted, settings),
    traffic,
    secrets,
    tokens,
    tokenInfo,
    refreshToken: () => refreshToken,
    refreshes,
    context: ({ credential, signal, onSend } = {}) =>
      createContext({
        hosted,
        settings,
        auth,
        egress: recordingEgress(egress, traffic, onSend),
        log,
        signal: signal ?? new AbortController().signal,
        retry: { tries: 2, baseMs: 1, patienceMs: 60_000 },
        tokenInfo,
        credential:
          credential === undefined
            ? { current: async () => live, ...(auth.method === 'oauth2' ? { refresh } : {}) }
            : { current: async () => ({ secret: credential, generation: 1, issuedAt: 0 }) },
      }),
    close: () => egress.close(),
  }
}

/** What is wrong with where the credential went; nothing, when all is well. */
export function leaksOf({ traffic, secrets, origins }: Connection, auth: AuthSpec): string[] {
  const header = auth.placement.header.toLowerCase()
  return traffic.sent.flatMap(({ url, headers, body }) => {
    const { [header]: placed = '', ...others } = headers
    const elsewhere = url.href + decoded(url.href) + JSON.stringify(others) + body
    const isPlaced = secrets.some((secret) => placed.includes(secret))
    return [
      ...(secrets.some((secret) => elsewhere.includes(secret)) ? [`${url.pathname} has it beside its header`] : []),
      ...(isPlaced && !origins.has(url.origin) ? [`${url.origin} got it, which is no host of the source`] : []),
    ]
  })
}

/** As it reads; an address with a bare % in it is left as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function need<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new TypeError(`The stand has no "${name}", which this data source needs`)
  return value
}
