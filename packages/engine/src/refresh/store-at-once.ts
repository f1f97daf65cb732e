/**
 * What nearly every refresh ends with, as one statement: the new pair of a connection that was well before. The transaction of
 * write.ts does the same and more, with a way to the server and back for each of its nine statements.
 */
import type { Database } from '../db/database.ts'
import { sql } from '../db/query.ts'
import { CHANNEL } from '../db/signals.ts'
import { UNPUBLISHED } from '../events/outbox.ts'
import { newId } from '../ids.ts'
import type { BreakerKey } from './breaker.ts'
import { type CredentialRow, credentialSignal } from './credential.ts'
import type { NewPair } from './write.ts'

/**
 * Generation n + 1 where the row is still at n and the connection has no status to recover from. False, and nothing done,
 * otherwise. Locks the connection before the credential, as everywhere.
 */
export async function storeAtOnce(
  db: Database,
  { connectionId, generation }: Pick<CredentialRow, 'connectionId' | 'generation'>,
  { sealed, issuedAt, expiresAt, refreshAt }: NewPair,
  breaker: BreakerKey,
): Promise<boolean> {
  const data = { generation: generation + 1, expires_at: expiresAt?.toISOString() ?? null }
  const stored = await db.execute(sql`
    with held as (
      select * from connections where id = ${connectionId} for no key update
    ), stored as (
      update credentials set
        sealed = ${sealed.sealed}, key_id = ${sealed.keyId}, generation = generation + 1,
        issued_at = ${issuedAt.toISOString()}::timestamptz, expires_at = ${expiresAt?.toISOString() ?? null}::timestamptz,
        refresh_at = ${refreshAt.toISOString()}::timestamptz, enqueued_until = null,
        intent_generation = null, intent_at = null, unknown_since = null, replays = 0,
        failures = 0, rejected_at = null, last_refreshed_at = now(),
        outcomes = outcomes + 1, last_outcome = 'refreshed', last_outcome_message = null
      from held
      where connection_id = held.id and generation = ${generation}
        and held.status not in ('degraded', 'needs_reauthorization')
      returning connection_id
    ), told as (
      insert into events (id, workspace_id, type, connection_id, audience, data)
      select ${newId('evt')}, held.workspace_id, 'connection.refreshed', held.id,
        case held.visibility
          when 'workspace' then null
          when 'only_me' then array[held.created_by]
          else array(
            select held.created_by union select user_id from connection_members where connection_members.connection_id = held.id
          )
        end,
        jsonb_build_object('data_source', held.data_source, 'name', held.name) || ${JSON.stringify(data)}::jsonb
      from held join stored on stored.connection_id = held.id
    ), answered as (
      delete from breakers using stored
      where data_source = ${breaker.dataSource} and oauth_client_id = ${breaker.clientId}
    )
    select pg_notify(${CHANNEL}, ${UNPUBLISHED}), pg_notify(${CHANNEL}, ${credentialSignal(connectionId)}) from stored`)
  return stored.length > 0
}
