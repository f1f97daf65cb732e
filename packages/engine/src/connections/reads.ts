/**
 * Reading credentials for those who may see them, with the audit entry of what is handed out: what many ask for at the same moment is
 * one statement, and one commit.
 */
import type { AuthMethod } from '@wellhead/datasource-node'
import { newCredentialRead } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { gather } from '../db/gather.ts'
import { eq, sql } from '../db/query.ts'
import { connections, credentials } from '../db/schema/index.ts'
import { instantOf, instantOrNull, listOf, statement } from '../db/statement.ts'
import { EngineError } from '../errors.ts'
import type { Actor, ConnectionStatus } from '../model.ts'
import type { Wanted } from '../refresh/access.ts'
import { databaseTime, processTicks } from '../refresh/clock.ts'
import type { ServableCredential } from '../refresh/credential.ts'
import { visibleTo } from '../tenancy/access.ts'

export interface Read {
  readonly loaded: ServableCredential
  /** An entry says that this generation was handed out. Not where it may first have to be refreshed, or is refused. */
  readonly isRecorded: boolean
}

interface Question {
  readonly id: string
  readonly actor: Actor
  /** It is to be handed out, and so written down, if it is good for that. */
  readonly toServe: Wanted | undefined
}

interface Row {
  readonly place: number
  readonly at: string
  readonly data_source: string
  readonly method: AuthMethod
  readonly status: ConnectionStatus
  readonly connection_id: string
  readonly workspace_id: string
  readonly sealed: Buffer
  readonly key_id: string
  readonly generation: number
  readonly issued_at: string
  readonly expires_at: string | null
  readonly refresh_at: string | null
  readonly intent_at: string | null
  readonly failures: number
  readonly rejected_at: string | null
  readonly outcomes: number
  readonly last_outcome: string | null
  readonly last_outcome_message: string | null
  readonly is_recorded: boolean
}

/** What ends so soon may end before it is handed out: then it is looked at again, and nothing is written down ahead. Milliseconds. */
const ENDS_SOON_MS = 5_000

/** @throws EngineError `connection_not_found`, also for what the actor may not see */
export function createReads(db: Database): (actor: Actor, id: string, toServe?: Wanted) => Promise<Read> {
  const viewer = { workspaceId: sql`asked.workspace_id`, userId: sql`asked.user_id` }
  const { entry, insert } = newCredentialRead
  const readAndRecord = statement<Row>(
    db,
    sql`
        with asked as (
          select * from unnest(
            ${listOf('ids')}, ${listOf('workspaces')}, ${listOf('users')}, ${listOf('tokens')},
            ${listOf('entries')}, ${listOf('least', 'float8')}, ${listOf('rejected', 'int')}
          ) with ordinality as asked (id, workspace_id, user_id, token_id, entry, least_ms, rejected, place)
        ), seen as materialized (
          select asked.place, asked.user_id, asked.token_id, asked.entry, clock_timestamp() as at,
            ${connections.dataSource}, ${connections.method}, ${connections.status},
            ${credentials.connectionId}, ${credentials.workspaceId}, ${credentials.sealed}, ${credentials.keyId},
            ${credentials.generation}, ${credentials.issuedAt}, ${credentials.expiresAt}, ${credentials.refreshAt},
            ${credentials.intentAt}, ${credentials.failures}, ${credentials.rejectedAt}, ${credentials.outcomes},
            ${credentials.lastOutcome}, ${credentials.lastOutcomeMessage},
            asked.entry is not null
              and ${connections.status} in ('active', 'degraded')
              and ${credentials.rejectedAt} is null
              and ${credentials.generation} is distinct from asked.rejected
              and (${credentials.expiresAt} is null
                or ${credentials.expiresAt} > clock_timestamp() + asked.least_ms * interval '1 millisecond') as is_recorded
          from asked
          join ${connections} on ${eq(connections.id, sql`asked.id`)} and ${visibleTo(db, viewer)}
          join ${credentials} on ${eq(credentials.connectionId, connections.id)}
        ), told as (${insert(sql`seen where is_recorded order by place`)})
        select * from seen`,
  )

  const read = gather(
    async (questions: readonly Question[]): Promise<(Read | undefined)[]> => {
      const asked = processTicks()
      const rows = await readAndRecord({
        ids: questions.map(({ id }) => id),
        workspaces: questions.map(({ actor }) => actor.workspaceId),
        users: questions.map(({ actor }) => actor.userId),
        tokens: questions.map(({ actor }) => actor.token?.id ?? null),
        entries: questions.map(({ toServe }) => (toServe ? entry() : null)),
        least: questions.map(({ toServe }) => (toServe?.minTtlSeconds ?? 0) * 1000 + ENDS_SOON_MS),
        rejected: questions.map(({ toServe }) => toServe?.rejectedGeneration ?? null),
      })
      const answered = processTicks()
      const answers: (Read | undefined)[] = new Array(questions.length)
      for (const row of rows) answers[Number(row.place) - 1] = readOf(row, asked, answered)
      return answers
    },
    // Each waits for the disk, and nobody who comes meanwhile should have to.
    { most: 100, atOnce: 4 },
  )

  return async (actor, id, toServe) => {
    const found = await read({ actor, id, toServe })
    if (!found) throw new EngineError('connection_not_found', 'There is no such connection.')
    return found
  }
}

function readOf(row: Row, asked: number, answered: number): Read {
  return {
    isRecorded: row.is_recorded,
    loaded: {
      connection: { dataSource: row.data_source, method: row.method, status: row.status },
      credential: {
        connectionId: row.connection_id,
        workspaceId: row.workspace_id,
        sealed: row.sealed,
        keyId: row.key_id,
        generation: row.generation,
        issuedAt: instantOf(row.issued_at),
        expiresAt: instantOrNull(row.expires_at),
        refreshAt: instantOrNull(row.refresh_at),
        intentAt: instantOrNull(row.intent_at),
        failures: row.failures,
        rejectedAt: instantOrNull(row.rejected_at),
        outcomes: row.outcomes,
        lastOutcome: row.last_outcome,
        lastOutcomeMessage: row.last_outcome_message,
      },
      time: databaseTime(instantOf(row.at), asked, answered, processTicks),
    },
  }
}
