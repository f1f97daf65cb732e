/** Connections in bulk, in the rows that an authorization would have left. */
import type postgres from 'postgres'
import type { Rooms, Secret } from './engine.ts'

export interface Owner {
  readonly workspaceId: string
  readonly userId: string
}

export async function ownerOf(sql: postgres.Sql): Promise<Owner> {
  const [row] = await sql<Owner[]>`select workspace_id as "workspaceId", user_id as "userId" from members limit 1`
  if (!row) throw new Error('There is no owner')
  return row
}

export const idOf = (number: number): string => `con_${String(number).padStart(8, '0')}`

/**
 * Connections `from` to `to`, whose tokens are good for a day and none of which is due. What stands in the place of their
 * credentials does not open: see `sealed`.
 */
export async function fill(
  sql: postgres.Sql,
  owner: Owner,
  { from, to, dataSource }: { from: number; to: number; dataSource: string },
): Promise<void> {
  await sql.begin(async (tx) => {
    // What is made here is made anew when the machine fails.
    await tx`set local synchronous_commit = off`
    await tx`
      insert into connections (id, workspace_id, data_source, name, method, status, created_by, account_id, grant_key,
        last_used_at)
      select id, ${owner.workspaceId}, ${dataSource}, id, 'oauth2', 'active', ${owner.userId}, id, id, now()
      from (select 'con_' || lpad(number::text, 8, '0') as id from generate_series(${from}::int, ${to}::int) as number) as ids`
    await tx`
      insert into credentials (connection_id, workspace_id, sealed, key_id, generation, issued_at, expires_at, refresh_at)
      select 'con_' || lpad(number::text, 8, '0'), ${owner.workspaceId}, decode(repeat('00', 180), 'hex'), 'dek_none', 1,
        now(), now() + interval '1 day', now() + interval '20 hours' + number * interval '1 millisecond'
      from generate_series(${from}::int, ${to}::int) as number`
  })
  await sql`vacuum analyze connections`
  await sql`vacuum analyze credentials`
}

/** Gives some of them secrets that open. */
export async function sealed(
  sql: postgres.Sql,
  rooms: Rooms,
  owner: Owner,
  secrets: ReadonlyMap<string, Secret>,
): Promise<void> {
  const rows = await Promise.all(
    [...secrets].map(async ([id, secret]) => {
      const { sealed: bytes, keyId } = await rooms.seal(owner.workspaceId, id, secret)
      return { id, bytes: bytes.toString('hex'), key: keyId }
    }),
  )
  await sql`
    update credentials set sealed = decode(given.bytes, 'hex'), key_id = given.key
    from jsonb_to_recordset(${sql.json(rows)}) as given (id text, bytes text, key text)
    where connection_id = given.id`
  await sql`vacuum analyze credentials`
}

/** As long as those of the large providers. */
export function sampleSecret(number: number): Secret {
  return { accessToken: `access-${number}-`.padEnd(80, 'x'), refreshToken: `refresh-${number}-`.padEnd(80, 'x') }
}
