/** Where sealed values are, for what goes through all of them. */
import { type SQL, sql } from '../db/query.ts'
import type { Place } from './vault.ts'

export interface SealedTable {
  readonly table: Exclude<Place['table'], 'cursors'>
  readonly id: SQL
  readonly workspaceId: SQL
  readonly sealed: SQL
  /** What must be as it was read, besides the sealed bytes. */
  readonly fence: SQL
}

export const sealedTables: readonly SealedTable[] = [
  {
    table: 'credentials',
    id: sql`connection_id`,
    workspaceId: sql`workspace_id`,
    sealed: sql`sealed`,
    fence: sql`generation`,
  },
  { table: 'oauth_clients', id: sql`id`, workspaceId: sql`workspace_id`, sealed: sql`secret_sealed`, fence: sql`0` },
  { table: 'authorizations', id: sql`id`, workspaceId: sql`workspace_id`, sealed: sql`secrets_sealed`, fence: sql`0` },
  { table: 'installation_secrets', id: sql`name`, workspaceId: sql`null::text`, sealed: sql`sealed`, fence: sql`0` },
]

/** `data_key`, once for each sealed value. An attempt that has ended keeps its key's name, but nothing sealed. */
export const sealedValues: SQL = sql.join(
  sealedTables.map(
    ({ table, sealed }) => sql`select key_id as data_key from ${sql.identifier(table)} where ${sealed} is not null`,
  ),
  sql` union all `,
)
