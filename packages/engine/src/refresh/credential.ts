/** What is sealed for a connection, and reading it. */

import type { Database, Transaction } from '../db/database.ts'
import { gatherByName } from '../db/gather.ts'
import { eq, sql } from '../db/query.ts'
import { connections, credentials } from '../db/schema/index.ts'
import { columnsOf, instantOf, listOf, tablesStatement } from '../db/statement.ts'
import { EngineError } from '../errors.ts'
import type { Sealed, Vault } from '../vault/vault.ts'
import { type DatabaseTime, databaseTime, processTicks, type Ticks } from './clock.ts'

/** The sealed object. For an API key, `accessToken` is the key. */
export interface Secret {
  readonly accessToken: string
  readonly refreshToken: string | null
}

export type CredentialRow = typeof credentials.$inferSelect
export type LoadedCredential = {
  readonly connection: typeof connections.$inferSelect
  readonly credential: CredentialRow
  readonly time: DatabaseTime
}

/** What handing a credential out needs to know of it. */
export type ServableCredential = {
  readonly connection: Pick<LoadedCredential['connection'], 'dataSource' | 'method' | 'status'>
  readonly credential: Pick<
    CredentialRow,
    | 'connectionId'
    | 'workspaceId'
    | 'sealed'
    | 'keyId'
    | 'generation'
    | 'issuedAt'
    | 'expiresAt'
    | 'refreshAt'
    | 'intentAt'
    | 'failures'
    | 'rejectedAt'
    | 'outcomes'
    | 'lastOutcome'
    | 'lastOutcomeMessage'
  >
  readonly time: DatabaseTime
}

const place = (workspaceId: string, connectionId: string) =>
  ({ workspaceId, table: 'credentials', row: connectionId }) as const

export function sealSecret(vault: Vault, workspaceId: string, connectionId: string, secret: Secret): Promise<Sealed> {
  return vault.seal(place(workspaceId, connectionId), secret)
}

export function openSecret(vault: Vault, row: ServableCredential['credential']): Promise<Secret> {
  return vault.open(place(row.workspaceId, row.connectionId), row)
}

const loaded = {
  connection: connections,
  credential: credentials,
  at: sql<Date>`clock_timestamp()`.mapWith(credentials.issuedAt),
}

const notFound = () => new EngineError('connection_not_found', 'There is no such connection.')

/** @throws EngineError `connection_not_found` */
export async function loadCredential(
  db: Database | Transaction,
  connectionId: string,
  ticks: Ticks = processTicks,
): Promise<LoadedCredential> {
  const asked = ticks()
  const [row] = await db
    .select(loaded)
    .from(credentials)
    .innerJoin(connections, eq(connections.id, credentials.connectionId))
    .where(eq(credentials.connectionId, connectionId))
  if (!row) throw notFound()
  const { connection, credential, at } = row
  return { connection, credential, time: databaseTime(at, asked, ticks(), ticks) }
}

/** The same, for many who ask at the same moment. */
export function createLoads(db: Database, ticks: Ticks = processTicks): (id: string) => Promise<LoadedCredential> {
  const tables = { connection: connections, credential: credentials }
  const read = tablesStatement(
    db,
    tables,
    sql`
      select ${columnsOf(tables)}, clock_timestamp() from ${credentials}
      join ${connections} on ${eq(connections.id, credentials.connectionId)}
      where ${credentials.connectionId} = any(${listOf('ids')})`,
  )
  const load = gatherByName(
    async (ids) => {
      const asked = ticks()
      const rows = await read({ ids })
      const answered = ticks()
      return new Map(
        rows.map(({ connection, credential, at }) => [
          connection.id,
          { connection, credential, time: databaseTime(instantOf(at), asked, answered, ticks) },
        ]),
      )
    },
    { most: 100, atOnce: 2 },
  )
  return async (id) => {
    const row = await load(id)
    if (!row) throw notFound()
    return row
  }
}

/** What a waiter for a credential listens to. */
export const credentialSignal = (connectionId: string): string => `credential:${connectionId}`
