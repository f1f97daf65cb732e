/**
 * What nearly every refresh begins with, for those of one moment as one statement: the lease and the intent, where no attempt is open, the
 * breaker is closed, and the row and the client are as they were when they were read. So what was decided by them then still holds.
 */
import type { OpenClient } from '../clients/clients.ts'
import type { Database } from '../db/database.ts'
import { gather } from '../db/gather.ts'
import { and, eq, sql } from '../db/query.ts'
import { breakers, credentials, oauthClients } from '../db/schema/index.ts'
import { instantOf, listOf, statement } from '../db/statement.ts'
import { newNonce } from '../ids.ts'
import { processTicks, type Ticks } from './clock.ts'
import type { LoadedCredential } from './credential.ts'
import type { Intent } from './intent.ts'
import { isFree, type Lease, type LeaseTerm, leaseOf, lengthOf, TOGETHER, unlocked, until } from './lease.ts'
import type { RefreshStore } from './store.ts'

export interface Started {
  readonly lease: Lease
  readonly intent: Intent
}

interface Wanted {
  readonly loaded: LoadedCredential
  readonly term: LeaseTerm
  readonly client: Pick<OpenClient, 'version'>
  readonly holder: string
}

interface Row {
  readonly lease_holder: string
  readonly lease_until: string
  readonly intent_attempt: number
}

/** Undefined, and nothing done, where any of that is otherwise, or would have to wait for somebody else's lock. */
export function createStartAttempt(db: Database, ticks: Ticks = processTicks): RefreshStore['startAttempt'] {
  const start = statement<Row>(
    db,
    db
      .update(credentials)
      .set({
        leaseHolder: sql`asked.holder`,
        ...until(sql`asked.length`),
        intentGeneration: sql`${credentials.generation}`,
        intentAttempt: sql`${credentials.intentAttempt} + 1`,
        intentAt: sql`clock_timestamp()`,
        unknownSince: null,
        answerLost: false,
      })
      .from(
        sql`unnest(
          ${listOf('ids')}, ${listOf('holders')}, ${listOf('lengths', 'interval')},
          ${listOf('generations', 'int')}, ${listOf('attempts', 'int')}, ${listOf('outcomes', 'int')},
          ${listOf('sources')}, ${listOf('clients')}, ${listOf('versions')}
        ) as asked (id, holder, length, generation, attempt, outcomes, data_source, client_id, client_version)`,
      )
      .where(
        and(
          eq(credentials.connectionId, sql`asked.id`),
          eq(credentials.generation, sql`asked.generation`),
          eq(credentials.intentAttempt, sql`asked.attempt`),
          eq(credentials.outcomes, sql`asked.outcomes`),
          sql`${credentials.intentGeneration} is distinct from ${credentials.generation}`,
          isFree,
          sql`exists (
            select from ${oauthClients}
            where ${oauthClients.id} = asked.client_id and ${oauthClients.updatedAt} = asked.client_version::timestamptz)`,
          sql`not exists (
            select from ${breakers}
            where ${breakers.dataSource} = asked.data_source and ${breakers.clientId} = asked.client_id
              and ${breakers.openUntil} is not null)`,
          unlocked,
        ),
      )
      .returning({
        holder: credentials.leaseHolder,
        leaseUntil: credentials.leaseUntil,
        attempt: credentials.intentAttempt,
      })
      .getSQL(),
  )

  const started = gather(async (wanted: readonly Wanted[]): Promise<(Started | undefined)[]> => {
    const asked = ticks()
    const rows = await start({
      ids: wanted.map(({ loaded }) => loaded.credential.connectionId),
      holders: wanted.map(({ holder }) => holder),
      lengths: wanted.map(({ term }) => lengthOf(term)),
      generations: wanted.map(({ loaded }) => loaded.credential.generation),
      attempts: wanted.map(({ loaded }) => loaded.credential.intentAttempt),
      outcomes: wanted.map(({ loaded }) => loaded.credential.outcomes),
      sources: wanted.map(({ loaded }) => loaded.connection.dataSource),
      clients: wanted.map(({ loaded }) => loaded.connection.clientId),
      versions: wanted.map(({ client }) => client.version.toISOString()),
    })
    const held = new Map(rows.map((row) => [row.lease_holder, row]))
    return wanted.map(({ loaded, term, holder }) => {
      const row = held.get(holder)
      if (!row) return undefined
      const leased = { ...loaded.credential, leaseHolder: holder, leaseUntil: instantOf(row.lease_until) }
      return {
        lease: leaseOf(leased, { asked, term, ticks }),
        intent: { attempt: row.intent_attempt, isReplay: false },
      }
    })
  }, TOGETHER)
  return (loaded, term, client) => started({ loaded, term, client, holder: newNonce() })
}
