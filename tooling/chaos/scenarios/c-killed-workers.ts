import { setTimeout as delay } from 'node:timers/promises'
import { judge, type Verdict } from '../harness/judge.ts'
import { type Variant, variants } from '../harness/provider.ts'
import type { Arena, Part, Scenario } from '../harness/scenario.ts'
import type { Seeded } from '../harness/seed.ts'
import type { Stage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'
import { GRACE_SECONDS } from '../plugins/grace-seconds.ts'
import { idsOf, keyOf, requestsOf, type Step, steps } from './killed/steps.ts'

/** Milliseconds, in production: longer than a lease, so that a good token outlives its killed refresh. */
const LIFETIME_MS = 250_000
const SHORT_LIFETIME_MS = 170_000

/** So many refreshes that end well widen a worker's window of token calls enough for all that a step stops. */
const WARM = 14

async function* run(arena: Arena): AsyncGenerator<Part> {
  const isShort = arena.limits.form === 'short'
  const played: readonly Variant[] = isShort ? ['kills', 'safe'] : variants
  await using stage = await arena.open({ apis: 1, workers: 1, variants: played })
  const { limits, reads, deployment } = stage
  const lifetime = limits.ms(isShort ? SHORT_LIFETIME_MS : LIFETIME_MS) / 1000
  const warm = (
    await Promise.all(played.map((variant) => stage.seed(variant, { count: WARM, lifetime: 86_400, due: 'late' })))
  ).flat()
  await warmUp(stage, warm)

  // All of them together stay below the requests a minute that a workspace has at one API process.
  const pauseMs = limits.form === 'production' ? 2_000 : 400
  const stopped: Stopped[] = []
  const reading: { stop(): Promise<void> }[] = []
  for (const step of isShort ? steps.filter(({ isInShortForm }) => isInShortForm) : steps) {
    const count = limits.count(step.connections, Math.min(step.connections, 4))
    const seeds = (
      await Promise.all(played.map((variant) => stage.seed(variant, { count, lifetime, due: 'late' })))
    ).flat()
    reading.push(reads.start(idsOf(seeds), { callers: 4, pauseMs }))
    const asking: Promise<unknown>[] = []
    const reached = await step.reach(stage, seeds, async () => {
      asking.push(...(await start(stage, seeds, lifetime)))
    })
    if (step.isKill) await deployment.workers[0]?.end('SIGKILL')
    const endedAt = Date.now()
    await reached.lock?.release()
    if (step.isKill) await deployment.startWorker()
    stopped.push({ step, seeds, there: reached.grants, endedAt, backAt: Date.now() })
    if (step.isKill) {
      await warmUp(stage, warm)
    } else {
      // The failures of one step and of the next would add up in the breaker.
      const mended = seeds.filter(({ variant }) => variant !== 'kills')
      await stage.settled(mended, 'what can be sent again is refreshed', limits.ms(180_000) + 30_000)
    }
    await Promise.all(asking)
  }

  const all = stopped.flatMap(({ seeds }) => seeds)
  await stage.settled(
    all,
    'every connection has a new token or a name for its loss',
    lifetime * 1000 + limits.ms(180_000) + 30_000,
  )
  await Promise.all(reading.map((one) => one.stop()))
  await reads.burst(idsOf(all))
  // The events of the last of them are published within a second.
  await delay(1_500)
  for (const one of stopped) {
    const laterKills = stopped.filter(({ step, endedAt }) => step.isKill && endedAt > one.endedAt)
    for (const variant of played) yield judgeStep(stage, one, variant, laterKills)
  }
}

interface Stopped {
  readonly step: Step
  readonly seeds: readonly Seeded[]
  /** The grants whose refresh was at the step when it was killed. */
  readonly there: ReadonlySet<string>
  readonly endedAt: number
  /** When the next worker had started. */
  readonly backAt: number
}

async function warmUp(stage: Stage, warm: readonly Seeded[]): Promise<void> {
  const ids = stage.sql(idsOf(warm))
  const [before] = await stage.sql`select sum(generation)::int as sum from credentials where connection_id in ${ids}`
  await stage.sql`
    update credentials set refresh_at = clock_timestamp(), enqueued_until = null where connection_id in ${ids}`
  const refreshed = async () => {
    const [now] = await stage.sql`select sum(generation)::int as sum from credentials where connection_id in ${ids}`
    return now?.sum === before?.sum + warm.length
  }
  await until(refreshed, 'the new worker refreshes', stage.limits.ms(180_000) + 30_000)
}

/** A third in background, the rest because callers ask for more life than is left: one queue's slots would not be enough. */
async function start(stage: Stage, seeds: readonly Seeded[], lifetime: number): Promise<Promise<unknown>[]> {
  const background = seeds.filter((_, index) => index % 3 === 0)
  const onDemand = seeds.filter((_, index) => index % 3 !== 0)
  await stage.sql`
    update credentials set refresh_at = clock_timestamp() where connection_id in ${stage.sql(idsOf(background))}`
  const minTtlSeconds = Math.ceil(lifetime) - 1
  await delay(Math.max(0, (onDemand.at(-1)?.expiresAt ?? 0) - minTtlSeconds * 1000 + 10 - Date.now()))
  return onDemand.map(({ id }) => stage.reads.read(id, { minTtlSeconds }))
}

const what: Readonly<Record<Variant, string>> = {
  kills: 'a replay kills the grant',
  grace: `${GRACE_SECONDS} s of grace`,
  safe: 'a replay is safe',
}

/**
 * Whether a killed request could not be sent again within the grace: another worker has to be there, the lease of the dead one ends
 * within a quarter of the grace, and a sweep has to find the row.
 */
function isBeyondTheGrace(stage: Stage, { endedAt, backAt }: Stopped, sentAt: number): boolean {
  const grace = GRACE_SECONDS * 1000
  const { sweepMs = 0 } = stage.limits.timings
  return sentAt + grace < Math.max(backAt, endedAt + grace / 4) + sweepMs + 1_000
}

function beyondTheGrace({ endedAt, backAt }: Stopped, grants: readonly string[], sent: ReadonlyMap<string, number>) {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  const longest = endedAt - Math.min(endedAt, ...grants.map((grantId) => sent.get(grantId) ?? endedAt))
  return `${grants.length} could not be sent again within the grace, as they had been under way for up to ${seconds(longest)} and the next worker came ${seconds(backAt - endedAt)} after the kill`
}

/** So long before a kill a request may have been sent whose answer died with the process. */
const IN_FLIGHT_MS = 3_000

async function judgeStep(
  stage: Stage,
  stopped: Stopped,
  variant: Variant,
  laterKills: readonly Stopped[],
): Promise<Part> {
  const { step, there } = stopped
  const seeds = stopped.seeds.filter((one) => one.variant === variant)
  const at = seeds.filter(({ grantId }) => there.has(keyOf(variant, grantId)))
  // What was being mended when the worker of a later step was killed lost its answer there.
  const requests = await requestsOf(stage, seeds)
  const hitAgain = requests
    .filter((request) => laterKills.some(({ endedAt }) => request.at < endedAt && request.at > endedAt - IN_FLIGHT_MS))
    .map(({ grantId }) => grantId)
  const lostAnswers = new Set([...(step.isAnswerLost ? at.map(({ grantId }) => grantId) : []), ...hitAgain])
  const first = new Map(requests.toReversed().map(({ grantId, at: sentAt }) => [grantId, sentAt]))
  const tooLong = [...lostAnswers].filter(
    (grantId) => step.isKill && isBeyondTheGrace(stage, stopped, first.get(grantId) ?? stopped.endedAt),
  )
  const verdict = await judge(stage, seeds, {
    mayBeLost: variant === 'kills' ? lostAnswers : variant === 'grace' ? new Set(tooLong) : new Set(),
    mayBeReplayed: lostAnswers,
  })
  const broken = await lossesBadlyTold(stage, variant, seeds, verdict)
  const untold = seeds.filter(
    ({ id }) =>
      !stage.events.some(
        ({ connection_id, type }) =>
          connection_id === id && (type === 'connection.refreshed' || type === 'connection.needs_reauthorization'),
      ),
  )
  if (untold.length > 0) broken.push(`${untold.length} outcomes of which no event tells`)
  const lost =
    verdict.destroyed > 0 && broken.length === 0 ? `; ${verdict.destroyed} grants lost, each named and told` : ''
  const again = hitAgain.length > 0 ? `; ${hitAgain.length} were hit by a later kill as well` : ''
  const late = variant === 'grace' && tooLong.length > 0 ? `; ${beyondTheGrace(stopped, tooLong, first)}` : ''
  const note = `${at.length} of ${seeds.length} refreshes were there${again}${late}${lost}`
  return { what: `${step.name}; ${what[variant]}`, verdict, broken, note }
}

/** What must hold of a grant that is lost: served to its end before the replay, named, told; and no third request. */
async function lossesBadlyTold(
  stage: Stage,
  variant: Variant,
  seeds: readonly Seeded[],
  verdict: Verdict,
): Promise<string[]> {
  const broken: string[] = []
  const byGrant = Map.groupBy(await requestsOf(stage, seeds), ({ grantId }) => grantId)
  const third = seeds.filter(({ grantId }) => (byGrant.get(grantId)?.length ?? 0) > 2)
  if (variant === 'kills' && third.length > 0) broken.push(`${third.length} connections with a third token request`)
  if (verdict.destroyed === 0) return broken

  const ended = new Map((await stage.provider(variant).server.grants()).map((grant) => [grant.id, grant.ended]))
  const lost = seeds.filter(({ grantId }) => ended.get(grantId) === 'replay')
  const early = lost.filter(({ grantId, expiresAt }) => (byGrant.get(grantId)?.[1]?.at ?? 0) < expiresAt)
  if (early.length > 0) broken.push(`${early.length} replays that could kill were sent while the access token was good`)
  const states = await Promise.all(lost.map(({ id }) => stage.deployment.client().connections.get({ params: { id } })))
  const unnamed = states.filter(({ status, last_error }) => status !== 'needs_reauthorization' || !last_error?.code)
  if (unnamed.length > 0) broken.push(`${unnamed.length} lost grants that the connection's state does not name`)
  const untold = lost.filter(
    ({ id }) =>
      !stage.events.some(
        ({ type, connection_id }) => connection_id === id && type === 'connection.needs_reauthorization',
      ),
  )
  if (untold.length > 0) broken.push(`${untold.length} lost grants of which no event tells`)
  return broken
}

export const killedWorkers: Scenario = {
  letter: 'c',
  title: 'Workers killed, and answers lost on the wire',
  inProduction: true,
  run,
}
