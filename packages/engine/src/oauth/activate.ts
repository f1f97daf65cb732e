/** Makes a connection of an identified grant, or gives it to the one that is authorized again. */
import type { OAuth2Spec } from '@wellhead/datasource-node'
import { insertConnection } from '../connections/names.ts'
import { emitForConnection, transition } from '../connections/transitions.ts'
import type { Transaction } from '../db/database.ts'
import { eq, sql } from '../db/query.ts'
import { connections, credentials } from '../db/schema/index.ts'
import { notify } from '../db/signals.ts'
import { EngineError } from '../errors.ts'
import { newId } from '../ids.ts'
import { credentialSignal, sealSecret } from '../refresh/credential.ts'
import { refreshAtFor } from '../refresh/schedule.ts'
import type { AuthorizationRow, Exchanged } from './attempt.ts'
import type { AuthorizeDeps } from './exchange.ts'

export async function connect(
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
export async function reauthorize(
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
export async function writePair(
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
        answerLost: false,
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
