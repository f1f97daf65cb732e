/**
 * What nearly every refresh ends with, for those of one moment as one statement: the new pair of a connection that was well before. The
 * transaction of write.ts does the same and more, with a way to the server and back for each of its nine statements.
 */
import type { Database } from '../db/database.ts'
import { gather } from '../db/gather.ts'
import { sql } from '../db/query.ts'
import { CHANNEL, notifyAll } from '../db/signals.ts'
import { listOf, statement } from '../db/statement.ts'
import { UNPUBLISHED } from '../events/outbox.ts'
import { newId } from '../ids.ts'
import type { BreakerKey } from './breaker.ts'
import { type CredentialRow, credentialSignal } from './credential.ts'
import { TOGETHER } from './lease.ts'
import type { NewPair } from './write.ts'

interface Wanted {
  readonly row: Pick<CredentialRow, 'connectionId' | 'generation' | 'leaseHolder'>
  readonly pair: NewPair
  readonly breaker: BreakerKey
}

/**
 * Generation n + 1 where the row is still at n and the connection has no status to recover from; the lease is given back with it.
 * False, and nothing done, otherwise, and where it would have to wait for somebody else's lock. Locks connections before credentials, as everywhere.
 */
export function createStoreTogether(db: Database): (wanted: Wanted) => Promise<boolean> {
  // Named once more as a list, by which rows are looked up: of a set that is made up here the planner expects too much.
  const isAsked = sql`any(${listOf('ids')})`
  const store = statement<{ readonly event: string }>(
    db,
    sql`
      with asked as (
        select * from jsonb_to_recordset(${sql.placeholder('asked')}::jsonb) as asked (
          id text, generation int, holder text, sealed text, key_id text, issued_at timestamptz, expires_at timestamptz,
          refresh_at timestamptz, event text, data jsonb, signal text, data_source text, client_id text)
      ), held as (
        select * from connections
        where id = ${isAsked} and status not in ('degraded', 'needs_reauthorization')
        for no key update skip locked
      ), free as (
        select connection_id from credentials join held on held.id = connection_id
        where connection_id = ${isAsked}
        for no key update of credentials skip locked
      ), stored as (
        update credentials set
          sealed = decode(asked.sealed, 'base64'), key_id = asked.key_id, generation = credentials.generation + 1,
          issued_at = asked.issued_at, expires_at = asked.expires_at, refresh_at = asked.refresh_at, enqueued_until = null,
          intent_generation = null, intent_at = null, unknown_since = null, answer_lost = false, replays = 0,
          failures = 0, rejected_at = null, last_refreshed_at = now(),
          outcomes = outcomes + 1, last_outcome = 'refreshed', last_outcome_message = null,
          lease_holder = case when lease_holder is distinct from asked.holder then lease_holder end,
          lease_until = case when lease_holder is distinct from asked.holder then lease_until end
        from asked join free on free.connection_id = asked.id
        where credentials.connection_id = ${isAsked}
          and credentials.connection_id = asked.id and credentials.generation = asked.generation
        returning asked.*
      ), told as (
        insert into events (id, workspace_id, type, connection_id, audience, data)
        select stored.event, held.workspace_id, 'connection.refreshed', held.id,
          case held.visibility
            when 'workspace' then null
            when 'only_me' then array[held.created_by]
            else array(
              select held.created_by union select user_id from connection_members where connection_id = held.id
            )
          end,
          jsonb_build_object('data_source', held.data_source, 'name', held.name) || stored.data
        from stored join held on held.id = stored.id
      ), answered as (
        delete from breakers using stored
        where breakers.data_source = stored.data_source and oauth_client_id = stored.client_id
      )
      select event, ${notifyAll(sql`signal`, sql`stored`)}, pg_notify(${CHANNEL}, ${UNPUBLISHED}) from stored`,
  )

  return gather(async (wanted: readonly Wanted[]) => {
    const asked = wanted.map(asColumns)
    const rows = await store({ asked: JSON.stringify(asked), ids: asked.map(({ id }) => id) })
    const stored = new Set(rows.map(({ event }) => event))
    return asked.map(({ event }) => stored.has(event))
  }, TOGETHER)
}

const asColumns = ({ row: { connectionId, generation, leaseHolder }, pair, breaker }: Wanted) => ({
  id: connectionId,
  generation,
  holder: leaseHolder,
  sealed: pair.sealed.sealed.toString('base64'),
  key_id: pair.sealed.keyId,
  issued_at: pair.issuedAt,
  expires_at: pair.expiresAt,
  refresh_at: pair.refreshAt,
  event: newId('evt'),
  data: { generation: generation + 1, expires_at: pair.expiresAt?.toISOString() ?? null },
  signal: credentialSignal(connectionId),
  data_source: breaker.dataSource,
  client_id: breaker.clientId,
})
