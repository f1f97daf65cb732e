/**
 * Seals with the newest data keys what former ones sealed, while everything runs. Each value is a statement of its own, and is
 * replaced only where it is still the one that was read: a pair, a secret or a code that somebody wrote meanwhile stays, and is
 * found by the next pass if a former data key sealed it. The generation of a credential stays.
 */
import type { Database } from '../db/database.ts'
import { sql } from '../db/query.ts'
import { EngineError } from '../errors.ts'
import { throughPages, type Watch } from './batches.ts'
import { type SealedTable, sealedTables, sealedValues } from './sealed-tables.ts'
import type { Vault } from './vault.ts'

type FormerRow = {
  readonly id: string
  readonly workspace_id: string | null
  readonly sealed: Buffer
  readonly key_id: string
  readonly fence: number
}

/** How many values data keys sealed that do not seal any more. */
export async function countFormer(db: Database): Promise<number> {
  const [row] = await db.execute<{ count: string }>(
    sql`select count(*) from (${sealedValues}) as held join data_keys on data_keys.id = data_key where not is_primary`,
  )
  return Number(row?.count ?? 0)
}

/** Passes at most: a process that cannot look for the new data keys would keep it busy for as long as it writes. */
const MOST_PASSES = 10

/**
 * Goes on until a pass finds nothing more to do.
 *
 * @returns how many values were sealed anew, and where those are that could not be opened, as `table id`
 * @throws EngineError `vault_unavailable`: the rows say where to go on
 */
export async function reseal(
  db: Database,
  vault: Vault,
  watch: Watch,
): Promise<{ done: number; failed: readonly string[] }> {
  const failed = new Set<string>()
  let done = 0
  for (let passes = 0; passes < MOST_PASSES; passes++) {
    const before = done
    let left = (await countFormer(db)) - failed.size
    for (const table of sealedTables)
      await throughPages(
        (after, limit) => formerRows(db, table, after, limit),
        async (row) => {
          const name = `${table.table} ${row.id}`
          if (failed.has(name)) return
          const outcome = await resealRow(db, vault, table, row)
          if (outcome === 'resealed') done++
          if (outcome === 'unreadable') failed.add(name)
          watch({ step: 'reseal', done, left: Math.max(0, --left) })
        },
      )
    if (done === before) break
  }
  return { done, failed: [...failed] }
}

async function formerRows(
  db: Database,
  { table, id, workspaceId, sealed, fence }: SealedTable,
  after: string,
  limit: number,
): Promise<readonly FormerRow[]> {
  return db.execute<FormerRow>(sql`
    select ${id} as id, ${workspaceId} as workspace_id, ${sealed} as sealed, key_id, ${fence} as fence
    from ${sql.identifier(table)}
    where ${sealed} is not null and key_id in (select id from data_keys where not is_primary) and ${id} > ${after}
    order by ${id} limit ${limit}`)
}

async function resealRow(
  db: Database,
  vault: Vault,
  { table, id, sealed, fence }: SealedTable,
  row: FormerRow,
): Promise<'resealed' | 'changed' | 'unreadable'> {
  const place = { workspaceId: row.workspace_id, table, row: row.id }
  let value: unknown
  try {
    value = await vault.open(place, { sealed: row.sealed, keyId: row.key_id })
  } catch (error) {
    if (error instanceof EngineError && error.code !== 'vault_unavailable') return 'unreadable'
    throw error
  }
  const next = await vault.seal(place, value)
  // By its bytes too: a new client secret, a code or an API key has no generation that would tell it from the former one.
  const replaced = await db.execute(sql`
    update ${sql.identifier(table)} set ${sealed} = ${next.sealed}, key_id = ${next.keyId}
    where ${id} = ${row.id} and key_id = ${row.key_id} and ${sealed} = ${row.sealed} and ${fence} = ${row.fence}
    returning 1`)
  return replaced.length > 0 ? 'resealed' : 'changed'
}
