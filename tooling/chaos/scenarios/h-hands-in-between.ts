import { setTimeout as delay } from 'node:timers/promises'
import { judge } from '../harness/judge.ts'
import { giveAccess } from '../harness/person.ts'
import type { Arena, Part, Scenario } from '../harness/scenario.ts'
import type { Seeded } from '../harness/seed.ts'
import type { Stage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

const LIFETIME_S = 60
/** No more than the first window of calls of one worker, so that all are under way at once. */
const AT_ONCE = 4

async function* run(arena: Arena): AsyncGenerator<Part> {
  await using stage = await arena.open({ apis: 2, workers: 2 })
  const rounds = stage.limits.count(5, 1)
  yield await forced(stage, rounds)
  yield await deleted(stage, rounds)
  yield await authorizedAgain(stage, rounds)
}

/** Starts refreshes that wait at the provider, does something, and lets them go. */
async function meanwhile(
  stage: Stage,
  seeds: readonly Seeded[],
  start: () => Promise<unknown>,
  act: () => Promise<unknown>,
) {
  const { server } = stage.provider('kills')
  const grants = new Set(seeds.map(({ grantId }) => grantId))
  await server.fault({ kind: 'hold', grantIds: [...grants], times: seeds.length })
  await start()
  const held = async () => (await stage.provider('kills').tokenRequests(grants)).length >= seeds.length
  await until(held, 'every refresh waits at the provider', 20_000)
  await act()
  await server.release()
}

async function dueNow(stage: Stage, seeds: readonly Seeded[]): Promise<void> {
  await stage.sql`
    update credentials set refresh_at = clock_timestamp() where connection_id in ${stage.sql(seeds.map(({ id }) => id))}`
}

async function forced(stage: Stage, rounds: number): Promise<Part> {
  const all: Seeded[] = []
  let settled = 0
  for (let round = 0; round < rounds; round++) {
    const seeds = await stage.seed('kills', { count: AT_ONCE, lifetime: LIFETIME_S, due: 'late' })
    all.push(...seeds)
    const asked: Promise<{ generation: number }>[] = []
    await meanwhile(
      stage,
      seeds,
      async () => {
        for (const { id } of seeds)
          for (const api of [0, 1]) asked.push(stage.deployment.client(api).connections.refresh({ params: { id } }))
      },
      // Both have asked before the first is answered.
      () => delay(2_000),
    )
    settled += (await Promise.all(asked)).filter(({ generation }) => generation === 2).length
  }
  await stage.settled(all, 'every connection is refreshed', 20_000)
  await stage.reads.burst(all.map(({ id }) => id))
  return {
    what: 'each refresh is forced through both API processes at once',
    verdict: await judge(stage, all),
    note: `${settled} of ${all.length * 2} callers were answered with the new generation, the others with "accepted"`,
  }
}

async function deleted(stage: Stage, rounds: number): Promise<Part> {
  const all: Seeded[] = []
  for (let round = 0; round < rounds; round++) {
    const seeds = await stage.seed('kills', { count: AT_ONCE, lifetime: LIFETIME_S, due: 'late' })
    all.push(...seeds)
    await meanwhile(
      stage,
      seeds,
      () => dueNow(stage, seeds),
      () => Promise.all(seeds.map(({ id }) => stage.deployment.client().connections.delete({ params: { id } }))),
    )
  }
  const gone = async () => {
    const [row] = await stage.sql`
      select count(*)::int as count from connections where id in ${stage.sql(all.map(({ id }) => id))}`
    return row?.count === 0
  }
  await until(gone, 'every connection is erased', 60_000)
  const ended = new Map((await stage.provider('kills').server.grants()).map((grant) => [grant.id, grant.ended]))
  const alive = all.filter(({ grantId }) => ended.get(grantId) !== 'revoked')
  return {
    what: 'deleted while a refresh is under way: the newest pair is revoked',
    verdict: await judge(stage, all),
    broken: alive.length > 0 ? [`${alive.length} grants not revoked at the provider`] : [],
  }
}

async function authorizedAgain(stage: Stage, rounds: number): Promise<Part> {
  const all: Seeded[] = []
  const { server, dataSource } = stage.provider('kills')
  const client = stage.deployment.client()
  const again = async (id: string) => {
    const begun = await client.authorizations.create({ body: { data_source: dataSource, connection_id: id } })
    await giveAccess(begun.connect_url)
    await until(
      async () => (await client.authorizations.get({ params: { id: begun.id } })).status === 'completed',
      'the authorization completes',
      20_000,
    )
  }
  for (let round = 0; round < rounds; round++) {
    const seeds = await stage.seed('kills', { count: AT_ONCE, lifetime: LIFETIME_S, due: 'late' })
    all.push(...seeds)
    await meanwhile(
      stage,
      seeds,
      () => dueNow(stage, seeds),
      () => Promise.all(seeds.map(({ id }) => again(id))),
    )
  }
  // The late answers arrive on a generation that is no longer the newest.
  await delay(2_000)
  const broken: string[] = []
  const former = new Set(all.map(({ grantId }) => grantId))
  const reads = await stage.reads.burst(all.map(({ id }) => id))
  const views = await server.accessTokens(reads.map(({ token }) => token ?? ''))
  const overwritten = views.filter((view) => !view || former.has(view.grantId)).length
  if (overwritten > 0) broken.push(`${overwritten} connections with the former grant's tokens`)
  const refused = await Promise.all(
    reads.map(async ({ token }) => {
      const answer = await fetch(`${server.endpoints.api}/me`, { headers: { authorization: `Bearer ${token}` } })
      await answer.body?.cancel()
      return answer.status !== 200
    }),
  )
  if (refused.some(Boolean)) broken.push(`${refused.filter(Boolean).length} tokens that the provider's API refuses`)
  // And the new pair can be refreshed.
  const generation = new Map(reads.map((read) => [read.connectionId, read.generation]))
  await dueNow(stage, all)
  const refreshed = async () => {
    const rows = await stage.sql`
      select connection_id, generation from credentials where connection_id in ${stage.sql(all.map(({ id }) => id))}`
    return rows.every((row) => row.generation === (generation.get(row.connection_id) ?? 0) + 1)
  }
  await until(refreshed, 'the new pair is refreshed', 20_000)
  const marked = await stage.sql`
    select id from connections where status <> 'active' and id in ${stage.sql(all.map(({ id }) => id))}`
  if (marked.length > 0) broken.push(`${marked.length} connections not active`)
  // The seeds know of the former grants only: these were asked once, and their answer came too late.
  const verdict = await judge({ ...stage, reads: { ...stage.reads, all: [] } }, all)
  return { what: 'authorized again while a refresh is under way', verdict, broken }
}

export const handsInBetween: Scenario = {
  letter: 'h',
  title: 'Forced, deleted and authorized again during a refresh',
  run,
}
