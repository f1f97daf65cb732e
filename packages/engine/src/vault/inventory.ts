/** Which keys are there, what each still wraps, and which may go. */
import type { Database } from '../db/database.ts'
import { sql } from '../db/query.ts'
import type { Keys } from './key-service.ts'
import { sealedValues } from './sealed-tables.ts'

export interface KeyUse {
  readonly id: string
  /** It wraps new data keys. */
  readonly isPrimary: boolean
  /** This process was given it. One that is used and not there stops every start. */
  readonly isGiven: boolean
  /** Data keys that seal and are wrapped by it. */
  readonly dataKeys: number
  /** Data keys that only open any more. */
  readonly formerDataKeys: number
  /** Credentials, client secrets and attempts that cannot be opened without it. */
  readonly values: number
  /** It may be taken out of WELLHEAD_ENCRYPTION_KEYS. */
  readonly isRemovable: boolean
}

export async function listKeys(db: Database, keys: Keys): Promise<readonly KeyUse[]> {
  const given = await keys.ids()
  const primaryId = await keys.primaryId()
  const used = await db.execute<{ id: string; sealing: string; former: string; held: string }>(sql`
    select wrapped_by as id, count(*) filter (where is_primary) as sealing, count(*) filter (where not is_primary) as former,
      coalesce(sum(held.count), 0) as held
    from data_keys left join (select data_key, count(*) from (${sealedValues}) as one group by data_key) as held
      on held.data_key = data_keys.id
    group by wrapped_by order by wrapped_by`)
  const byId = new Map(used.map((row) => [row.id, row]))
  return [...new Set([...given, ...byId.keys()])].map((id) => {
    const row = byId.get(id)
    return {
      id,
      isPrimary: id === primaryId,
      isGiven: given.includes(id),
      dataKeys: Number(row?.sealing ?? 0),
      formerDataKeys: Number(row?.former ?? 0),
      values: Number(row?.held ?? 0),
      isRemovable: id !== primaryId && given.includes(id) && row === undefined,
    }
  })
}
