/** The steps of a refresh at which its worker is killed, and how refreshes are made to stop there. */
import { setTimeout as delay } from 'node:timers/promises'
import { beforeTheEvent, beforeTheRequest, beforeTheWrite, type HeldLock } from '../../harness/locks.ts'
import type { Variant } from '../../harness/provider.ts'
import type { Seeded } from '../../harness/seed.ts'
import type { Stage } from '../../harness/stage.ts'
import { each } from '../../harness/until.ts'

export interface Step {
  readonly name: string
  /** The provider has answered, and the answer dies with the process or on the wire. */
  readonly isAnswerLost: boolean
  readonly isKill: boolean
  readonly isInShortForm?: boolean
  /** Connections of each variant. */
  readonly connections: number
  /** Starts the refreshes, and resolves when all of them are at this step, or as many as came there in time. */
  reach(stage: Stage, seeds: readonly Seeded[], start: () => Promise<void>): Promise<Reached>
}

export interface Reached {
  /** The grants whose refresh is at the step. */
  readonly grants: ReadonlySet<string>
  /** Let go after the kill. */
  readonly lock?: HeldLock
}

/** 5 × 12 × 3 variants: up to 180 killed refreshes on each queue. */
const MANY = 12
/** Fewer than the failures in a row that open the breaker. */
const FEW = 4
const MORE_THAN_THE_BREAKER_TAKES = 6

export const steps: readonly Step[] = [
  {
    name: 'killed before the request: lease and intent are written, nothing is sent',
    isAnswerLost: false,
    isKill: true,
    connections: MANY,
    async reach(stage, seeds, start) {
      const servers = [...variantsOf(seeds)].map((variant) => stage.provider(variant).server)
      const lock = stage.use(await beforeTheRequest(servers))
      await start()
      const grants = await inTime(stage, seeds, async () => {
        const rows = await stage.sql`
          select connection_id from credentials
          where lease_until > clock_timestamp() and connection_id in ${stage.sql(idsOf(seeds))}`
        return byIds(seeds, rows)
      })
      return { lock, grants }
    },
  },
  {
    name: 'killed after the request was sent, before the provider processes it',
    isAnswerLost: false,
    isKill: true,
    connections: MANY,
    reach: async (stage, seeds, start) => ({
      grants: await atTheProvider(stage, seeds, { kind: 'hold', processed: false }, start),
    }),
  },
  {
    name: 'killed after the provider has answered, before the answer arrives',
    isAnswerLost: true,
    isKill: true,
    isInShortForm: true,
    connections: MANY,
    reach: async (stage, seeds, start) => ({
      grants: await atTheProvider(stage, seeds, { kind: 'hold', processed: true }, start),
    }),
  },
  {
    name: 'killed with the answer in hand, before the write',
    isAnswerLost: true,
    isKill: true,
    connections: MANY,
    async reach(stage, seeds, start) {
      const held = await atTheProvider(stage, seeds, { kind: 'hold', processed: false }, start)
      const there = seeds.filter(({ grantId, variant }) => held.has(keyOf(variant, grantId)))
      const lock = stage.use(await beforeTheWrite(stage.deployment.databaseUrl, idsOf(there)))
      for (const variant of variantsOf(seeds)) await stage.provider(variant).server.release()
      const grants = await inTime(stage, there, async () => {
        const requests = await requestsOf(stage, there)
        return new Set(requests.filter(({ status }) => status === 200).map(({ key }) => key))
      })
      // From the wire into the worker.
      await delay(500)
      return { lock, grants }
    },
  },
  {
    name: 'killed after the write, before the event is told',
    isAnswerLost: false,
    isKill: true,
    isInShortForm: true,
    connections: MANY,
    async reach(stage, seeds, start) {
      const lock = stage.use(await beforeTheEvent(stage.deployment.databaseUrl))
      await start()
      const grants = await inTime(stage, seeds, async () => {
        const rows = await stage.sql`
          select connection_id from credentials where generation > 1 and connection_id in ${stage.sql(idsOf(seeds))}`
        return byIds(seeds, rows)
      })
      return { lock, grants }
    },
  },
  {
    name: 'no kill: a few answers are lost on the wire after the work was done',
    isAnswerLost: true,
    isKill: false,
    connections: FEW,
    reach: async (stage, seeds, start) => ({
      grants: await atTheProvider(stage, seeds, { kind: 'reset', processed: true }, start, 30_000),
    }),
  },
  {
    name: 'no kill: so many answers are lost on the wire that the breaker opens',
    isAnswerLost: true,
    isKill: false,
    connections: MORE_THAN_THE_BREAKER_TAKES,
    reach: async (stage, seeds, start) => ({
      grants: await atTheProvider(
        stage,
        seeds,
        { kind: 'reset', processed: true },
        start,
        30_000 + 2 * (stage.limits.timings.breakerOpenMs ?? 0),
      ),
    }),
  },
]

export const idsOf = (seeds: readonly Seeded[]): string[] => seeds.map(({ id }) => id)

export const variantsOf = (seeds: readonly Seeded[]): Set<Variant> => new Set(seeds.map(({ variant }) => variant))

/** Each provider numbers its grants for itself. */
export const keyOf = (variant: Variant, grantId: string): string => `${variant} ${grantId}`

const byIds = (seeds: readonly Seeded[], rows: readonly Record<string, unknown>[]): Set<string> => {
  const ids = new Set(rows.map((row) => row.connection_id))
  return new Set(seeds.filter(({ id }) => ids.has(id)).map(({ variant, grantId }) => keyOf(variant, grantId)))
}

/** Waits until all are there; at the latest when the first calls come near their time limit. */
async function inTime(
  stage: Stage,
  seeds: readonly Seeded[],
  look: () => Promise<Set<string>>,
  timeoutMs = (stage.limits.timings.tokenCallMs ?? 0) * 0.6,
): Promise<Set<string>> {
  const giveUpAt = performance.now() + timeoutMs
  for (;;) {
    const there = await look()
    if (there.size === seeds.length || performance.now() > giveUpAt) return there
    await delay(50)
  }
}

/** Starts the refreshes, and waits until the fault has met the first request of each. */
async function atTheProvider(
  stage: Stage,
  seeds: readonly Seeded[],
  fault: { kind: 'hold' | 'reset'; processed: boolean },
  start: () => Promise<void>,
  timeoutMs?: number,
): Promise<Set<string>> {
  await each(seeds, 8, ({ variant, grantId }) =>
    stage.provider(variant).server.fault({ ...fault, grantIds: [grantId] }),
  )
  await start()
  const look = async () => {
    const requests = await requestsOf(stage, seeds)
    return new Set(requests.filter((request) => request.fault === fault.kind).map(({ key }) => key))
  }
  const there = await inTime(stage, seeds, look, timeoutMs)
  // Who did not come in time meets no fault later.
  for (const variant of variantsOf(seeds)) await stage.provider(variant).server.clearFaults()
  return there
}

/** The token requests of these connections, at whichever provider. */
export async function requestsOf(stage: Stage, seeds: readonly Seeded[]) {
  const found = await Promise.all(
    [...Map.groupBy(seeds, ({ variant }) => variant)].map(async ([variant, own]) => {
      const requests = await stage.provider(variant).tokenRequests(new Set(own.map(({ grantId }) => grantId)))
      return requests.map((request) => ({ ...request, key: keyOf(variant, request.grantId) }))
    }),
  )
  return found.flat()
}
