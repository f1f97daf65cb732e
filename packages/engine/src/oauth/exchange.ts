/** Exchanges the code, once. */
import type { Logger, OAuth2Spec } from '@wellhead/datasource-node'
import type { Egress, Registry } from '@wellhead/plugin-host'
import type { Clients } from '../clients/clients.ts'
import type { Database } from '../db/database.ts'
import { and, eq, sql } from '../db/query.ts'
import { authorizations } from '../db/schema/index.ts'
import { untilItLands } from '../db/until-it-lands.ts'
import { databaseTime, processTicks } from '../refresh/clock.ts'
import type { Tally } from '../telemetry/tally.ts'
import type { Timings } from '../timings.ts'
import type { Vault } from '../vault/vault.ts'
import {
  type AuthorizationRow,
  type AuthorizationSecrets,
  type Exchanged,
  finish,
  oauthOf,
  openSecrets,
  secretsPlace,
} from './attempt.ts'
import { type IssuedTokens, judge } from './judge.ts'
import type { TokenClient } from './token-client.ts'

export interface AuthorizeDeps {
  readonly db: Database
  readonly vault: Vault
  readonly clients: Clients
  readonly registry: Registry
  readonly tokens: TokenClient
  readonly egress: Egress
  readonly tally: Tally
  readonly timings: Timings
  readonly log: Logger
}

/** Undefined: the attempt ended. */
export async function exchange(deps: AuthorizeDeps, row: AuthorizationRow): Promise<Exchanged | undefined> {
  const { db, vault, timings } = deps
  const unknown = {
    code: 'authorization_outcome_unknown',
    message: 'The answer of the provider was lost on its way, and its code works only once. Connect again.',
  }
  // An intent without an outcome: another process sent the code and did not live to tell.
  if (row.intentAt) {
    await finish(deps, row, 'failed', unknown)
    return undefined
  }
  const { hosted, spec } = oauthOf(deps.registry, row.dataSource)
  const secrets = await openSecrets(vault, row)
  const client = await deps.clients.open(row.clientId)
  // What comes back is issued once, so the key that will seal it is at hand before anything is sent.
  await vault.ready(row.workspaceId)
  const asked = processTicks()
  const [intended] = await db
    .update(authorizations)
    .set({ intentAt: sql`clock_timestamp()` })
    .where(
      and(
        eq(authorizations.id, row.id),
        eq(authorizations.leaseHolder, row.leaseHolder as string),
        sql`${authorizations.intentAt} is null`,
      ),
    )
    .returning({ at: authorizations.intentAt })
  if (!intended?.at) return undefined

  const sentAt = databaseTime(intended.at, asked, processTicks(), processTicks).earliest()
  const answer = await deps.tokens.request({
    spec,
    url: hosted.endpoints.token as string,
    client,
    grant: {
      type: 'authorization_code',
      code: secrets.code as string,
      redirectUri: row.redirectUri,
      codeVerifier: secrets.codeVerifier,
    },
    timeoutMs: timings.tokenCallMs,
  })
  const judgement = judge(spec, answer)
  if (judgement.outcome === 'refreshed') {
    const exchanged = exchangedOf(judgement.tokens, spec, sentAt, client.clientId)
    // Sealed before anything else is done with it.
    await untilItLands(deps.log, async () => {
      const sealed = await vault.seal(secretsPlace(row), { exchanged } satisfies AuthorizationSecrets)
      await db
        .update(authorizations)
        .set({ secretsSealed: sealed.sealed, keyId: sealed.keyId })
        .where(eq(authorizations.id, row.id))
    })
    return exchanged
  }
  const { name } = hosted.source
  const failures: Record<Exclude<typeof judgement.outcome, 'refreshed'>, { code: string; message: string }> = {
    revoked: { code: 'authorization_code_refused', message: `${name} did not accept its code. Connect again.` },
    client_misconfigured: {
      code: 'oauth_client_refused',
      message: `${name} refused the OAuth client: check its client ID, its secret and the redirect URI. ${judgement.message}`,
    },
    rate_limited: { code: 'provider_unavailable', message: `${name} asks to wait. Connect again in a few minutes.` },
    provider_down: { code: 'provider_unavailable', message: `${name} could not be reached. Connect again later.` },
    invalid_answer: { code: 'invalid_response', message: `${name} sent an answer that cannot be used. Connect again.` },
    unknown_outcome: unknown,
  }
  await finish(deps, row, 'failed', failures[judgement.outcome])
  return undefined
}

function exchangedOf(tokens: IssuedTokens, spec: OAuth2Spec, sentAt: Date, clientId: string): Exchanged {
  return {
    tokens: { accessToken: tokens.accessToken, refreshToken: tokens.refreshToken },
    issuedAt: sentAt.toISOString(),
    lifetimeSeconds: tokens.lifetimeSeconds,
    // RFC 6749, section 5.1: an answer without a scope granted what was asked for.
    scopes: tokens.scopes ?? spec.scopes,
    // Whose they are: some providers tell accounts, or what they list, apart by the client.
    info: { ...tokens.info, client_id: clientId },
  }
}
