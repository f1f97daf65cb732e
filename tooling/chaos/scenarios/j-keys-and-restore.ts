import { setTimeout as delay } from 'node:timers/promises'
import { judge } from '../harness/judge.ts'
import type { Variant } from '../harness/provider.ts'
import type { Arena, Part, Scenario } from '../harness/scenario.ts'
import type { Seeded } from '../harness/seed.ts'
import type { Stage } from '../harness/stage.ts'

async function* run(arena: Arena): AsyncGenerator<Part> {
  yield await rotated(arena)
  yield* restored(arena)
}

/** Every process has the new key; then everything is sealed with it, while connections come due all the time. */
async function rotated(arena: Arena): Promise<Part> {
  await using stage = await arena.open({ apis: 2, workers: 2, hasNewKey: true })
  const { limits, reads, deployment } = stage
  const count = limits.count(200, 20)
  // The command waits half a minute for processes that may still seal as before.
  const spread = 40_000
  const seeds = await stage.seed('kills', {
    count,
    lifetime: (spread * 1.5) / 1000,
    due: (index) => 500 + (index * spread) / count,
  })
  const ids = seeds.map(({ id }) => id)
  const reading = reads.start(ids, { callers: 20, pauseMs: 300 })
  const began = performance.now()
  const { code, output } = await deployment.run('keys', 'rotate', '--reseal')
  const seconds = (performance.now() - began) / 1000
  await stage.settled(seeds, 'every connection is refreshed', spread * 2 + 30_000)
  await reading.stop()
  await reads.burst(ids)
  const former = await stage.sql`
    select count(*)::int as count from credentials join data_keys on data_keys.id = key_id
    where wrapped_by <> 'second' or not is_primary`
  const left = former[0]?.count as number
  const broken: string[] = []
  if (code !== 0) broken.push(`wellhead keys rotate --reseal ended with ${code}: ${output.trim().split('\n').at(-1)}`)
  if (left > 0) broken.push(`${left} credentials still sealed with a former key`)
  return {
    what: '`wellhead keys rotate --reseal` during refreshes',
    verdict: await judge(stage, seeds),
    broken,
    note: `took ${seconds.toFixed(0)} s`,
  }
}

const LIFETIME_S = 60

/** The database is put back to a dump; meanwhile a half of the refresh tokens in it were spent. */
async function* restored(arena: Arena): AsyncGenerator<Part> {
  const variants = ['kills', 'safe'] as const
  await using stage = await arena.open({ apis: 1, workers: 0, variants })
  const { limits, deployment, house, reads } = stage
  const count = limits.count(10, 3)
  const seeded = async (variant: Variant) => ({
    variant,
    spent: await stage.seed(variant, { count, lifetime: LIFETIME_S, due: 'late' }),
    unspent: await stage.seed(variant, { count, lifetime: LIFETIME_S, due: 'late' }),
  })
  const groups = [await seeded('kills'), await seeded('safe')]
  const all = groups.flatMap(({ spent, unspent }) => [...spent, ...unspent])
  const ids = all.map(({ id }) => id)

  await deployment.stop()
  const putBack = await house.installation.dump(deployment.databaseUrl)
  await deployment.start(1)
  const spent = groups.flatMap((group) => group.spent)
  await dueNow(stage, spent)
  await stage.settled(spent, 'half of the connections are refreshed after the dump', 30_000)
  await deployment.stop()
  await putBack()
  const { code, output } = await deployment.run('restore')
  await deployment.start(1)

  const reading = reads.start(ids, { callers: 20, pauseMs: 400 })
  await dueNow(stage, all)
  await stage.settled(all, 'every connection has a new token or a name for its loss', LIFETIME_S * 1000 + 60_000)
  await reading.stop()
  await reads.burst(ids)
  // The events of the last of them are published within a second.
  await delay(1_500)

  const failed = code === 0 ? [] : [`wellhead restore ended with ${code}: ${output.trim().split('\n').at(-1)}`]
  for (const group of groups) {
    const rule = group.variant === 'kills' ? 'a replay kills the grant' : 'a replay is safe'
    yield {
      what: `database put back to a dump, \`wellhead restore\`; refresh tokens not spent since; ${rule}`,
      verdict: await judge(stage, group.unspent),
      broken: failed,
    }
    const grants = new Set(group.spent.map(({ grantId }) => grantId))
    const verdict = await judge(stage, group.spent, {
      // Their newest pair is gone with the database: nothing can refresh them where a replay kills.
      mayBeLost: group.variant === 'kills' ? grants : new Set(),
      mayBeReplayed: grants,
    })
    yield {
      what: `database put back to a dump, \`wellhead restore\`; refresh tokens spent since; ${rule}`,
      verdict,
      broken: await replayedEarly(stage, group.variant, group.spent),
      note: `${verdict.destroyed} grants lost with the database that held their newest pair`,
    }
  }
}

async function dueNow(stage: Stage, seeds: readonly Seeded[]): Promise<void> {
  await stage.sql`
    update credentials set refresh_at = clock_timestamp() where connection_id in ${stage.sql(seeds.map(({ id }) => id))}`
}

/** A spent refresh token that could kill is not tried while the access token of the dump is good, and once at the most. */
async function replayedEarly(stage: Stage, variant: Variant, seeds: readonly Seeded[]): Promise<string[]> {
  if (variant !== 'kills') return []
  const requests = await stage.provider(variant).tokenRequests(new Set(seeds.map(({ grantId }) => grantId)))
  const byGrant = Map.groupBy(requests, ({ grantId }) => grantId)
  const broken: string[] = []
  const early = seeds.filter(({ grantId, expiresAt }) => (byGrant.get(grantId)?.[1]?.at ?? Infinity) < expiresAt)
  if (early.length > 0) broken.push(`${early.length} replays that could kill were sent while the access token was good`)
  const often = seeds.filter(({ grantId }) => (byGrant.get(grantId)?.length ?? 0) > 2)
  if (often.length > 0) broken.push(`${often.length} connections whose spent token was tried more than once`)
  return broken
}

export const keysAndRestore: Scenario = { letter: 'j', title: 'Keys rotated, and a database put back', run }
