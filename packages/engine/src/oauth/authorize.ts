/**
 * The worker's half of an OAuth attempt: exchange the code, seal what came back before anything else, ask whose it is, then
 * activate. A code is used once, so its request is never sent a second time: a lost answer ends the attempt by name.
 */
import { isDataSourceError, isRetryable } from '@wellhead/datasource-node'
import { createContext } from '@wellhead/plugin-host'
import { and, eq, sql } from '../db/query.ts'
import { authorizations, connections } from '../db/schema/index.ts'
import { reasonOf } from '../db/until-it-lands.ts'
import { newNonce } from '../ids.ts'
import { backoffMs } from '../refresh/schedule.ts'
import { observedEgress } from '../telemetry/observed-egress.ts'
import { connect, reauthorize, writePair } from './activate.ts'
import {
  type AuthorizationRow,
  type Exchanged,
  endedColumns,
  finish,
  oauthOf,
  openSecrets,
  tellEnd,
} from './attempt.ts'
import { type AuthorizeDeps, exchange } from './exchange.ts'

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
  let exchanged: Exchanged | undefined = (await openSecrets(vault, row)).exchanged
  if (!exchanged) {
    exchanged = await exchange(deps, row)
    if (!exchanged) return
  }
  await identifyAndActivate(deps, row, exchanged, signal)
}

async function identifyAndActivate(
  deps: AuthorizeDeps,
  row: AuthorizationRow,
  exchanged: Exchanged,
  signal: AbortSignal,
): Promise<void> {
  const { hosted, spec } = oauthOf(deps.registry, row.dataSource)
  const missing = spec.scopes.filter((scope) => !spec.isGranted(scope, exchanged.scopes))
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
    egress: observedEgress(deps.egress, row.dataSource, deps.tally),
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
