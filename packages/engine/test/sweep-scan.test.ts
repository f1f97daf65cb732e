/** A sweep runs in every worker every few seconds, so what it costs must not grow with what is there. */
import { describe, expect, it } from 'vitest'
import { sql } from '../src/db/query.ts'
import { dueWorks } from '../src/jobs/sweep.ts'
import { openOAuthHouse } from './oauth-house.ts'

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly Plans?: readonly Plan[]
}

const scansOf = (plan: Plan): string[] => [
  ...(plan['Node Type'] === 'Seq Scan' ? [plan['Relation Name'] as string] : []),
  ...(plan.Plans ?? []).flatMap(scansOf),
]

describe('a sweep', async () => {
  it.each(dueWorks.map(({ name }) => name))('reads no table of %s from end to end', async (name) => {
    await using house = await openOAuthHouse({ items: {} })
    const { db } = house.engine
    const [one] = await house.seed('items', 1)
    await db.execute(sql`
      insert into connections (id, workspace_id, data_source, name, method, status, created_by)
      select 'copy' || number, workspace_id, data_source, 'copy' || number, method, status, created_by
      from connections, generate_series(1, 20000) as number where id = ${one}`)
    await db.execute(sql`
      insert into credentials (connection_id, workspace_id, sealed, key_id, generation, issued_at, refresh_at)
      select 'copy' || number, workspace_id, sealed, key_id, 1, now(), now() + interval '1 day'
      from credentials, generate_series(1, 20000) as number where connection_id = ${one}`)
    await db.execute(sql`analyze connections, credentials`)
    const work = dueWorks.find((each) => each.name === name)
    const rows = await db.execute<{ 'QUERY PLAN': readonly { Plan: Plan }[] }>(
      sql`explain (format json) ${work?.claim(15_000, 1_000)}`,
    )
    const plans = rows.flatMap((row) => row['QUERY PLAN'].map(({ Plan }) => Plan))
    expect(plans).toHaveLength(1)
    const large = plans.flatMap(scansOf).filter((table) => table === 'connections' || table === 'credentials')
    expect(large).toEqual([])
  })
})
