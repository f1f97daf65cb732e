/** The steps of a refresh at which its worker is killed, and how refreshes are made to stop there. */
import { beforeTheEvent, beforeTheIntent, beforeTheWrite, type HeldLock } from '../../harness/locks.ts'
import type { Variant } from '../../harness/provider.ts'
import type { Seeded } from '../../harness/seed.ts'
import type { Stage } from '../../harness/stage.ts'
import { each, until } from '../../harness/until.ts'

export interface Step {
  readonly name: string
  /** The provider has answered, and the answer dies with the process or on the wire. */
  readonly isAnswerLost: boolean
  readonly isKill: boolean
  readonly isInShortForm?: boolean
  /** Connections of each variant. */
  readonly connections: number
  /** Starts the refreshes and resolves when all of them are at this step. What it returns is let go after the kill. */
  reach(stage: Stage, seeds: readonly Seeded[], start: () => Promise<void>): Promise<HeldLock | undefined>
}

const ARRIVE_MS = 30_000

/** As many as a worker's database connections can hold at that step. */
const BEFORE_THE_REQUEST = 5
/** (5 + 4 × 12) × 3 variants: 159 killed refreshes on each queue. */
const MANY = 12
/** Fewer than the failures in a row that open the breaker. */
const FEW = 4
const MORE_THAN_THE_BREAKER_TAKES = 6

export const steps: readonly Step[] = [
  {
    name: 'killed before the request: the lease is taken, nothing is written',
    isAnswerLost: false,
    isKill: true,
    connections: BEFORE_THE_REQUEST,
    async reach(stage, seeds, start) {
      const lock = stage.use(await beforeTheIntent(stage.deployment.databaseUrl))
      await start()
      const leased = async () => {
        const [row] = await stage.sql`
          select count(*)::int as count from credentials
          where lease_until > clock_timestamp() and connection_id in ${stage.sql(idsOf(seeds))}`
        return row?.count === seeds.length
      }
      await until(leased, 'every refresh has its lease', ARRIVE_MS)
      return lock
    },
  },
  {
    name: 'killed after the request was sent, before the provider processes it',
    isAnswerLost: false,
    isKill: true,
    connections: MANY,
    async reach(stage, seeds, start) {
      await atTheProvider(stage, seeds, { kind: 'hold', processed: false }, start)
      return undefined
    },
  },
  {
    name: 'killed after the provider has answered, before the answer arrives',
    isInShortForm: true,
    isAnswerLost: true,
    isKill: true,
    connections: MANY,
    async reach(stage, seeds, start) {
      await atTheProvider(stage, seeds, { kind: 'hold', processed: true }, start)
      return undefined
    },
  },
  {
    name: 'killed with the answer in hand, before the write',
    isAnswerLost: true,
    isKill: true,
    connections: MANY,
    async reach(stage, seeds, start) {
      await atTheProvider(stage, seeds, { kind: 'hold', processed: false }, start)
      const lock = stage.use(await beforeTheWrite(stage.deployment.databaseUrl, idsOf(seeds)))
      for (const variant of variantsOf(seeds)) await stage.provider(variant).server.release()
      const answered = async () =>
        (await requestsOf(stage, seeds)).filter(({ status }) => status === 200).length === seeds.length &&
        // The rest waits in the worker for a database connection.
        (await blockedWrites(stage)) >= Math.min(seeds.length, 10)
      await until(answered, 'every answer is in hand', ARRIVE_MS)
      return lock
    },
  },
  {
    name: 'killed after the write, before the event is told',
    isInShortForm: true,
    isAnswerLost: false,
    isKill: true,
    connections: MANY,
    async reach(stage, seeds, start) {
      const lock = stage.use(await beforeTheEvent(stage.deployment.databaseUrl))
      await start()
      await until(async () => (await stage.renewed(seeds)) === seeds.length, 'every refresh is written', ARRIVE_MS)
      return lock
    },
  },
  {
    name: 'no kill: a few answers are lost on the wire after the work was done',
    isAnswerLost: true,
    isKill: false,
    connections: FEW,
    async reach(stage, seeds, start) {
      await atTheProvider(stage, seeds, { kind: 'reset', processed: true }, start)
      return undefined
    },
  },
  {
    name: 'no kill: so many answers are lost on the wire that the breaker opens',
    isAnswerLost: true,
    isKill: false,
    connections: MORE_THAN_THE_BREAKER_TAKES,
    async reach(stage, seeds, start) {
      await atTheProvider(stage, seeds, { kind: 'reset', processed: true }, start)
      return undefined
    },
  },
]

export const idsOf = (seeds: readonly Seeded[]): string[] => seeds.map(({ id }) => id)

export const variantsOf = (seeds: readonly Seeded[]): Set<Variant> => new Set(seeds.map(({ variant }) => variant))

/** Starts the refreshes, and resolves when the fault has met the first request of each. */
async function atTheProvider(
  stage: Stage,
  seeds: readonly Seeded[],
  fault: { kind: 'hold' | 'reset'; processed: boolean },
  start: () => Promise<void>,
): Promise<void> {
  await each(seeds, 8, ({ variant, grantId }) =>
    stage.provider(variant).server.fault({ ...fault, grantIds: [grantId] }),
  )
  await start()
  const faulted = async () =>
    (await requestsOf(stage, seeds)).filter((request) => request.fault === fault.kind).length === seeds.length
  await until(faulted, `every request meets the fault ${fault.kind}`, ARRIVE_MS)
}

/** How many of the worker's statements wait for a lock. */
async function blockedWrites(stage: Stage): Promise<number> {
  const [row] = await stage.sql`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like 'update "credentials"%'`
  return row?.count as number
}

/** The token requests of these connections, at whichever provider. */
export async function requestsOf(stage: Stage, seeds: readonly Seeded[]) {
  const found = await Promise.all(
    [...Map.groupBy(seeds, ({ variant }) => variant)].map(([variant, own]) =>
      stage.provider(variant).tokenRequests(new Set(own.map(({ grantId }) => grantId))),
    ),
  )
  return found.flat()
}
