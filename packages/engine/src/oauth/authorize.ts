/**
 * The worker's half of an OAuth attempt: exchange the code, seal what came back before anything else, ask whose it is, then
 * activate. A code is used once, so its request is never sent a second time: a lost answer ends the attempt by name.
 */
import { isDataSourceError, isRetryable, type Logger, type OAuth2Spec } from '@wellhead/datasource-node'
import { createContext, type Egress, type Registry } from '@wellhead/plugin-host'
import type { Clients } from '../clients/clients.ts'
import { insertConnection } from '../connections/names.ts'
import { emitForConnection, transition } from '../connections/transitions.ts'
import type { Database, Transaction } from '../db/database.ts'
import { and, eq, sql } from '../db/query.ts'
import { authorizations, connections, credentials } from '../db/schema/index.ts'
import { notify } from '../db/signals.ts'
import { reasonOf, untilItLands } from '../db/until-it-lands.ts'
import { EngineError } from '../errors.ts'
import { newId, newNonce } from '../ids.ts'
import { credentialSignal, sealSecret } from '../refresh/credential.ts'
import { backoffMs, refreshAtFor } from '../refresh/schedule.ts'
import type { Timings } from '../timings.ts'
import type { Vault } from '../vault/vault.ts'
import {
  type AuthorizationRow,
  type AuthorizationSecrets,
  endedColumns,
  finish,
  oauthOf,
  openSecrets,
  secretsPlace,
  tellEnd,
} from './authorizations.ts'
import { type IssuedTokens, judge } from './judge.ts'
import type { TokenClient } from './token-client.ts'

export interface AuthorizeDeps {
  readonly db: Database
  readonly vault: Vault
  readonly clients: Clients
  readonly registry: Registry
  readonly tokens: TokenClient
  readonly egress: Egress
  readonly timings: Timings
  readonly log: Logger
}

/** What is kept in the clear of a token answer, beside the sealed tokens, until the attempt is over. */
interface Exchanged {
  readonly tokens: { accessToken: string; refreshToken: string | null }
  readonly issuedAt: string
  readonly lifetimeSeconds: number | null
  readonly scopes: readonly string[]
  readonly info: Readonly<Record<string, unknown>>
}

type Secrets = AuthorizationSecrets & { readonly exchanged?: Exchanged }

export async function processAuthorization(deps: AuthorizeDeps, id: string, signal: AbortSignal): Promise<void> {
  const { db, vault, timings } = deps
  const holder = newNonce()
  const [row] = await db
    .update(authorizations)
    .set({
      leaseHolder: holder,
      leaseUntil: sql`clock_timestamp() + ${`${timings.leaseMs} milliseconds`}::interval`,
      attempts: sql`${authorizations.attempts} + 1`,
    })
    .where(
      and(
        eq(authorizations.id, id),
        eq(authorizations.status, 'exchanging'),
        sql`(${authorizations.leaseUntil} is null or ${authorizations.leaseUntil} <= clock_timestamp())`,
      ),
    )
    .returning()
  if (!row) return
  let exchanged: Exchanged | undefined = ((await openSecrets(vault, row)) as Secrets).exchanged
  if (!exchanged) {
    exchanged = await exchange(deps, row)
    if (!exchanged) return
  }
  await identifyAndActivate(deps, row, exchanged, signal)
}

/** Undefined: the attempt ended. */
async function exchange(deps: AuthorizeDeps, row: AuthorizationRow): Promise<Exchanged | undefined> {
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
    .returning({ id: authorizations.id })
  if (!intended) return undefined

  const sentAt = new Date()
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
    const exchanged = exchangedOf(judgement.tokens, spec, sentAt)
    // Sealed before anything else is done with it.
    await untilItLands(deps.log, async () => {
      const sealed = await vault.seal(secretsPlace(row), { exchanged } satisfies Secrets)
      await db
        .update(authorizations)
        .set({ secretsSealed: sealed.sealed, keyId: sealed.keyId, exchangedAt: sql`clock_timestamp()` })
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

async function identifyAndActivate(
  deps: AuthorizeDeps,
  row: AuthorizationRow,
  exchanged: Exchanged,
  signal: AbortSignal,
): Promise<void> {
  const { hosted, spec } = oauthOf(deps.registry, row.dataSource)
  const missing = spec.scopes.filter((scope) => !exchanged.scopes.includes(scope))
  if (missing.length > 0)
    return end(deps, row, exchanged, {
      code: 'missing_scope',
      message: `${hosted.source.name} did not grant everything that is needed (${missing.join(', ')}). Connect again and leave all boxes ticked.`,
    })
  const context = createContext({
    hosted,
    auth: spec,
    settings: {},
    credential: {
      current: async () => ({
        secret: exchanged.tokens.accessToken,
        generation: 1,
        issuedAt: new Date(exchanged.issuedAt).getTime(),
      }),
    },
    egress: deps.egress,
    signal,
    log: deps.log,
    // The identity is what is being asked for; a 401 here is an answer.
    verifyIdentity: false,
  })
  let account: Awaited<ReturnType<typeof hosted.source.identify>>
  try {
    account = await hosted.source.identify(context, exchanged.info)
  } catch (error) {
    if (signal.aborted) throw error
    if (!isDataSourceError(error)) {
      // A mistake in the data source: it would make it again and again, and the browser waits.
      deps.log.error('identify failed', { dataSource: row.dataSource, error: reasonOf(error) })
      const message = `${hosted.source.name} could not say whose account this is. Its data source has a fault.`
      return end(deps, row, exchanged, { code: 'invalid_response', message })
    }
    if (isRetryable(error) && row.attempts < 10) {
      // The tokens are sealed in the attempt, so this step alone is tried again.
      await deps.db
        .update(authorizations)
        .set({
          leaseHolder: null,
          leaseUntil: null,
          enqueuedUntil: null,
          dueAt: new Date(Date.now() + Math.max(error.retryAfterMs ?? 0, backoffMs(row.attempts, deps.timings))),
        })
        .where(eq(authorizations.id, row.id))
      return
    }
    return end(deps, row, exchanged, { code: error.code, message: error.message })
  }

  const result = await deps.db.transaction(async (tx) => {
    const [current] = await tx.select().from(authorizations).where(eq(authorizations.id, row.id)).for('update')
    // It goes with its connection.
    if (!current) return { code: 'connection_deleting', message: 'The connection was deleted meanwhile.' }
    if (current.status !== 'exchanging') return 'ended'
    const values = {
      scopes: [...exchanged.scopes],
      tokenInfo: { ...exchanged.info },
      clientId: row.clientId,
      accountId: account.accountId,
      accountName: account.name,
      accountAvatarUrl: account.avatarUrl,
      grantKey: account.grantKey,
    }
    const connectionId = row.isReauthorization
      ? await reauthorize(tx, row, account, values)
      : await connect(tx, row, hosted.source.name, values)
    if (typeof connectionId !== 'string') return connectionId
    await writePair(deps, tx, row, connectionId, exchanged, spec)
    const [ended] = await tx
      .update(authorizations)
      .set({ ...endedColumns, status: 'completed', connectionId })
      .where(eq(authorizations.id, row.id))
      .returning()
    await tellEnd(tx, ended as AuthorizationRow, 'authorization.completed', { account: account.name })
    return 'completed'
  })
  if (typeof result === 'object') await end(deps, row, exchanged, result)
}

async function connect(
  tx: Transaction,
  row: AuthorizationRow,
  fallbackName: string,
  values: Partial<typeof connections.$inferInsert>,
): Promise<string> {
  const id = newId('con')
  const actor = { workspaceId: row.workspaceId, userId: row.userId }
  const create = (name: string | undefined) =>
    insertConnection(tx, {
      id,
      actor,
      dataSource: row.dataSource,
      name,
      fallbackName: name ?? values.accountName ?? fallbackName,
      values: { ...values, method: 'oauth2', status: 'active' },
    })
  let created: Awaited<ReturnType<typeof create>>
  try {
    created = await create(row.name ?? undefined)
  } catch (error) {
    // The name was taken while the person was at the provider: the grant is worth more than the name.
    if (!(error instanceof EngineError) || error.code !== 'name_taken') throw error
    values.accountName = values.accountName ?? row.name
    created = await create(undefined)
  }
  await emitForConnection(tx, created, 'connection.created', { method: 'oauth2' }, { authorizationId: row.id })
  return id
}

/** The working credential stays until the same account is confirmed; another one is refused by name. */
async function reauthorize(
  tx: Transaction,
  row: AuthorizationRow,
  account: { accountId: string; name: string },
  values: Partial<typeof connections.$inferInsert>,
): Promise<string | { code: string; message: string }> {
  const [connection] = await tx
    .select()
    .from(connections)
    .where(eq(connections.id, row.connectionId as string))
    .for('update')
  if (!connection || connection.status === 'deleting')
    return { code: 'connection_deleting', message: 'The connection was deleted meanwhile.' }
  if (connection.accountId !== null && connection.accountId !== account.accountId)
    return {
      code: 'account_mismatch',
      message: `This connection belongs to ${connection.accountName ?? 'another account'}, but you signed in as ${account.name}. Nothing was changed.`,
    }
  await transition(tx, connection.id, {
    to: 'active',
    event: connection.status === 'active' ? 'connection.validated' : 'connection.recovered',
    error: null,
    set: { ...values, work: null, dueAt: null, settledSequence: sql`${connections.sequence}` as never },
  })
  return connection.id
}

/** Authorization writes unconditionally: the newest grant wins, and an intent on the former pair means nothing any more. */
async function writePair(
  deps: AuthorizeDeps,
  tx: Transaction,
  row: AuthorizationRow,
  connectionId: string,
  exchanged: Exchanged,
  spec: OAuth2Spec,
): Promise<void> {
  const sealed = await sealSecret(deps.vault, row.workspaceId, connectionId, exchanged.tokens)
  const issuedAt = new Date(exchanged.issuedAt)
  const expiresAt =
    exchanged.lifetimeSeconds === null ? null : new Date(issuedAt.getTime() + exchanged.lifetimeSeconds * 1000)
  const pair = {
    sealed: sealed.sealed,
    keyId: sealed.keyId,
    issuedAt,
    expiresAt,
    refreshAt: exchanged.tokens.refreshToken
      ? refreshAtFor({ issuedAt, expiresAt }, { spec, idle: false, keepAliveMs: deps.timings.keepAliveMs })
      : expiresAt,
  }
  await tx
    .insert(credentials)
    .values({ ...pair, connectionId, workspaceId: row.workspaceId, generation: 1 })
    .onConflictDoUpdate({
      target: credentials.connectionId,
      set: {
        ...pair,
        generation: sql`${credentials.generation} + 1`,
        enqueuedUntil: null,
        intentGeneration: null,
        intentAt: null,
        unknownSince: null,
        replays: 0,
        failures: 0,
        rejectedAt: null,
        outcomes: sql`${credentials.outcomes} + 1`,
        lastOutcome: 'refreshed',
        lastOutcomeMessage: null,
      },
    })
  await notify(tx, credentialSignal(connectionId))
}

/** Ends an attempt that holds tokens nobody will use: they are given back to the provider, where it takes them. */
async function end(
  deps: AuthorizeDeps,
  row: AuthorizationRow,
  exchanged: Exchanged,
  error: { code: string; message: string },
): Promise<void> {
  const { hosted, spec } = oauthOf(deps.registry, row.dataSource)
  await finish(deps, row, 'failed', error)
  const url = hosted.endpoints.revoke
  if (!url || !spec.revoke) return
  // Whose grant it is may be unknown here, and a connection may live on the very same one.
  const [other] = await deps.db
    .select({ id: connections.id })
    .from(connections)
    .where(and(eq(connections.dataSource, row.dataSource), eq(connections.clientId, row.clientId)))
    .limit(1)
  if (other) return
  const client = await deps.clients.open(row.clientId)
  const answer = await deps.tokens.revoke({ spec, url, client, tokens: exchanged.tokens, timeoutMs: 30_000 })
  if (answer.kind !== 'answered' || answer.status >= 300)
    deps.log.warn('an unused grant could not be revoked', { authorizationId: row.id })
}

function exchangedOf(tokens: IssuedTokens, spec: OAuth2Spec, sentAt: Date): Exchanged {
  return {
    tokens: { accessToken: tokens.accessToken, refreshToken: tokens.refreshToken },
    issuedAt: sentAt.toISOString(),
    lifetimeSeconds: tokens.lifetimeSeconds,
    // RFC 6749, section 5.1: an answer without a scope granted what was asked for.
    scopes: tokens.scopes ?? spec.scopes,
    info: tokens.info,
  }
}
