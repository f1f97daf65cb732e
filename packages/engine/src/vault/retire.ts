import type { Database } from '../db/database.ts'
import { sql } from '../db/query.ts'
import { sealedValues } from './sealed-tables.ts'

/**
 * How long a superseded data key is kept at the least: cursors that callers hold are sealed with it, and no row says which.
 * Older cursors are `invalid_cursor` then.
 */
export const KEPT_DAYS = 30

/** Deletes data keys that were superseded long ago and that no row uses. Returns how many. */
export async function retireDataKeys(db: Database): Promise<number> {
  const retired = await db.execute(sql`
    delete from data_keys
    where not is_primary and superseded_at < clock_timestamp() - ${`${KEPT_DAYS} days`}::interval
      and not exists (select 1 from (${sealedValues}) as held where data_key = data_keys.id)
    returning id`)
  return retired.length
}
