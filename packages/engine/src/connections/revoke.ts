/**
 * Ends a grant at the provider, before its connection is erased. Where that takes an access token that still works, an expired
 * one is refreshed first, under the lease that the erasing holds already.
 */
import type { Logger, OAuth2Spec } from '@wellhead/datasource-node'
import type { HostedDataSource, Registry } from '@wellhead/plugin-host'
import type { Clients } from '../clients/clients.ts'
import type { Database } from '../db/database.ts'
import { and, eq, ne } from '../db/query.ts'
import { connections } from '../db/schema/index.ts'
import { judge } from '../oauth/judge.ts'
import type { ClientSecret, TokenAnswer, TokenClient } from '../oauth/token-client.ts'
import { openSecret, type Secret } from '../refresh/credential.ts'
import type { Lease } from '../refresh/lease.ts'
import { isAccessTokenDead } from '../refresh/plan.ts'
import type { Timings } from '../timings.ts'
import type { Vault } from '../vault/vault.ts'
import type { ConnectionRow } from './transitions.ts'

export type RevokeOutcome = 'revoked' | 'unsupported' | 'failed' | 'kept_for_sibling' | 'not_applicable'

export interface RevokeDeps {
  readonly db: Database
  readonly vault: Vault
  readonly clients: Clients
  readonly registry: Registry
  readonly tokens: TokenClient
  readonly timings: Timings
  readonly log: Logger
}

/** Two calls of this length fit into a lease. */
const MOST_MS = 30_000

/** An access token must outlive the call: a dead one is refused, and its grant lives on. */
const MARGIN_MS = 60_000

/** Whatever the provider makes of it, the connection is erased. */
export async function revokeGrant(deps: RevokeDeps, row: ConnectionRow, lease: Lease): Promise<RevokeOutcome> {
  if (row.method === 'api_key') return 'not_applicable'
  const hosted = deps.registry.get(row.dataSource)
  const spec = hosted?.source.auth.find((auth) => auth.method === 'oauth2')
  const url = hosted?.endpoints.revoke
  if (!hosted || !spec?.revoke || !url) return 'unsupported'
  if (await hasSibling(deps.db, row)) return 'kept_for_sibling'
  try {
    const client = await deps.clients.open(row.clientId as string)
    const tokens = await workingTokens(deps, { hosted, spec, client, lease })
    if (typeof tokens === 'string') return tokens
    const answer = await deps.tokens.revoke({ spec, url, client, tokens, timeoutMs: timeoutMs(deps.timings) })
    return isGone(spec, answer) ? 'revoked' : 'failed'
  } catch (error) {
    deps.log.warn('a grant could not be revoked', { connectionId: row.id, error: (error as Error).message })
    return 'failed'
  }
}

const timeoutMs = (timings: Timings): number => Math.min(MOST_MS, timings.tokenCallMs)

/** A connection on the same grant, in any workspace: the provider knows nothing of ours. */
async function hasSibling(db: Database, row: ConnectionRow): Promise<boolean> {
  if (!row.grantKey) return false
  const [sibling] = await db
    .select({ id: connections.id })
    .from(connections)
    .where(
      and(
        eq(connections.dataSource, row.dataSource),
        eq(connections.grantKey, row.grantKey),
        ne(connections.id, row.id),
        ne(connections.status, 'deleting'),
      ),
    )
    .limit(1)
  return sibling !== undefined
}

/** The newest pair; refreshed, where the revocation needs an access token and this one is dead. Or how it ended here. */
async function workingTokens(
  deps: RevokeDeps,
  at: { hosted: HostedDataSource; spec: OAuth2Spec; client: ClientSecret; lease: Lease },
): Promise<Secret | 'revoked' | 'failed'> {
  const { spec, lease } = at
  const secret = await openSecret(deps.vault, lease.row)
  const needsAccess = spec.revoke?.auth === 'bearer' || spec.revoke?.token === 'access_token'
  const isDead = isAccessTokenDead({ ...lease.row, now: new Date(Date.now() + MARGIN_MS) })
  if (!needsAccess || !isDead || secret.refreshToken === null) return secret
  // The new pair is not stored: it is for the next call alone, and the grant is to end either way.
  const answer = await deps.tokens.request({
    spec,
    url: at.hosted.endpoints.token as string,
    client: at.client,
    grant: { type: 'refresh_token', refreshToken: secret.refreshToken },
    timeoutMs: timeoutMs(deps.timings),
    beforeSend() {
      if (!lease.maySend()) throw new Error('the lease is over')
    },
  })
  const judgement = judge(spec, answer)
  if (judgement.outcome === 'refreshed') {
    const { accessToken, refreshToken } = judgement.tokens
    return { accessToken, refreshToken: refreshToken ?? secret.refreshToken }
  }
  if (judgement.outcome === 'revoked') return 'revoked'
  const { connectionId } = lease
  deps.log.warn('a grant could not be revoked', { connectionId, error: judgement.message })
  return 'failed'
}

function isGone({ revoke }: OAuth2Spec, answer: TokenAnswer): boolean {
  if (answer.kind !== 'answered') return false
  // RFC 7009, section 2.2: 200 also for a token that is dead already; some providers say 400 invalid_token instead.
  if (answer.status < 300 || (answer.json as { error?: unknown } | undefined)?.error === 'invalid_token') return true
  // The token proves itself here: what is refused is dead.
  return answer.status === 401 && revoke?.auth === 'bearer'
}
