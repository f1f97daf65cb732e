/**
 * A database that was put back to an earlier state holds refresh tokens that may have been spent since. Nothing in it says which,
 * so each counts as one whose last refresh had no outcome, and the protocol treats it as such (plan.ts): the access token is served
 * to its end, the provider is asked where it can be, and the token is sent once.
 */
import type { Registry } from '@wellhead/plugin-host'
import type { Transaction } from '../db/database.ts'
import { and, eq, inArray, notInArray, type SQL, sql } from '../db/query.ts'
import { connections, credentials } from '../db/schema/index.ts'

export interface MarkedConnection {
  readonly id: string
  readonly workspaceId: string
  readonly dataSource: string
  readonly name: string
}

/**
 * Marks every OAuth credential but those of data sources whose refresh tokens stay good: they do not rotate, or a replay is
 * safe. A data source that is not installed is not known to be one.
 */
export async function markUnknown(tx: Transaction, registry: Registry): Promise<readonly MarkedConnection[]> {
  const harmless = registry
    .all()
    .filter(({ source }) =>
      source.auth.every((spec) => spec.method !== 'oauth2' || spec.rotation === 'keeps' || spec.replay.kind === 'safe'),
    )
    .map(({ source }) => source.id)
  const risky = tx
    .select({ id: connections.id })
    .from(connections)
    .where(
      and(
        eq(connections.method, 'oauth2'),
        inArray(connections.status, ['pending', 'active', 'degraded']),
        harmless.length > 0 ? notInArray(connections.dataSource, harmless) : undefined,
      ),
    )
  const marked = await tx
    .update(credentials)
    .set({
      intentGeneration: sql`${credentials.generation}`,
      intentAttempt: sql`${credentials.intentAttempt} + 1`,
      intentAt: sql`clock_timestamp()`,
      // The earliest moment at which it can have been spent: a grace that began then is over for certain when it is.
      unknownSince: sql`${credentials.issuedAt}`,
      // No process is left that may have it.
      answerLost: true,
      restoredGeneration: sql`${credentials.generation}`,
    })
    .where(inArray(credentials.connectionId, risky))
    .returning({ id: credentials.connectionId })
  if (marked.length === 0) return []
  return tx
    .select({
      id: connections.id,
      workspaceId: connections.workspaceId,
      dataSource: connections.dataSource,
      name: connections.name,
    })
    .from(connections)
    .innerJoin(credentials, eq(credentials.connectionId, connections.id))
    .where(eq(credentials.restoredGeneration, credentials.generation))
    .orderBy(connections.workspaceId, connections.dataSource, connections.name)
}

/** Outcomes that a token which was spent before the restore may have. */
export const mayHaveBeenSpent: ReadonlySet<string> = new Set(['revoked', 'unknown_outcome'])

/** The message of such an outcome; of the generation that a restored database held, with the reason before it. */
export function messageAfterRestore(message: string): SQL<string> {
  const reason = 'The database was restored to an earlier state, and the refresh token in it may have been used since. '
  return sql<string>`case when ${credentials.restoredGeneration} = ${credentials.generation} then ${reason}::text else '' end || ${message}::text`
}
