/** Reading credentials for those who may see them: what many ask for at the same moment is one statement. */
import type { Database } from '../db/database.ts'
import { gather } from '../db/gather.ts'
import { and, eq, sql } from '../db/query.ts'
import { connections, credentials } from '../db/schema/index.ts'
import { EngineError } from '../errors.ts'
import type { Actor } from '../model.ts'
import { databaseTime, processTicks } from '../refresh/clock.ts'
import type { ServableCredential } from '../refresh/credential.ts'
import { visibleTo } from '../tenancy/access.ts'

interface Question {
  readonly id: string
  readonly actor: Actor
}

/** @throws EngineError `connection_not_found`, also for what the actor may not see */
export function createReads(db: Database): (actor: Actor, id: string) => Promise<ServableCredential> {
  const viewer = { workspaceId: sql`asked.workspace_id`, userId: sql`asked.user_id` }
  const statement = db
    .select({
      place: sql<number>`asked.place::int`,
      at: sql<Date>`clock_timestamp()`.mapWith(credentials.issuedAt),
      dataSource: connections.dataSource,
      method: connections.method,
      status: connections.status,
      connectionId: credentials.connectionId,
      workspaceId: credentials.workspaceId,
      sealed: credentials.sealed,
      keyId: credentials.keyId,
      generation: credentials.generation,
      issuedAt: credentials.issuedAt,
      expiresAt: credentials.expiresAt,
      refreshAt: credentials.refreshAt,
      intentAt: credentials.intentAt,
      failures: credentials.failures,
      rejectedAt: credentials.rejectedAt,
      outcomes: credentials.outcomes,
      lastOutcome: credentials.lastOutcome,
      lastOutcomeMessage: credentials.lastOutcomeMessage,
    })
    .from(
      sql`unnest(${sql.placeholder('ids')}::text[], ${sql.placeholder('workspaces')}::text[], ${sql.placeholder('users')}::text[])
        with ordinality as asked (id, workspace_id, user_id, place)`,
    )
    .innerJoin(connections, and(eq(connections.id, sql`asked.id`), visibleTo(db, viewer)))
    .innerJoin(credentials, eq(credentials.connectionId, connections.id))
    .prepare('read_credentials')

  const read = gather(
    async (questions: readonly Question[]) => {
      const asked = processTicks()
      const rows = await statement.execute({
        ids: questions.map(({ id }) => id),
        workspaces: questions.map(({ actor }) => actor.workspaceId),
        users: questions.map(({ actor }) => actor.userId),
      })
      const answered = processTicks()
      const answers: (ServableCredential | undefined)[] = new Array(questions.length)
      for (const { place, at, dataSource, method, status, ...credential } of rows)
        answers[place - 1] = {
          connection: { dataSource, method, status },
          credential,
          time: databaseTime(at, asked, answered, processTicks),
        }
      return answers
    },
    { most: 100, atOnce: 2 },
  )

  return async (actor, id) => {
    const found = await read({ actor, id })
    if (!found) throw new EngineError('connection_not_found', 'There is no such connection.')
    return found
  }
}
