/** Where a scenario plays: the suite's own servers, and on them an installation with its providers, seeds and readers. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Event } from '@wellhead/client'
import { Redis } from 'ioredis'
import postgres from 'postgres'
import { type Deployment, deploy, freePorts } from './deployment.ts'
import { openSealer } from './engine.ts'
import { type Installation, install } from './installation.ts'
import type { Limits } from './limits.ts'
import { type OwnPostgres, startOwnPostgres } from './postgres.ts'
import { type Provider, startProvider, type Variant } from './provider.ts'
import { createReads, type Reads } from './readers.ts'
import { type OwnRedis, startOwnRedis } from './redis.ts'
import { createSeeder, type Seeded, type SeedOptions } from './seed.ts'
import { until } from './until.ts'

export type QueueKind = 'postgres' | 'redis'

/** The servers of one run of the suite, shared by its scenarios one after the other. */
export interface House extends AsyncDisposable {
  readonly postgres: OwnPostgres
  /** Undefined when this machine has no redis-server. */
  readonly redis: OwnRedis | undefined
  /** The queue's Redis: the own one, or one that was given and must not be taken away. */
  readonly redisUrl: string | undefined
  readonly installation: Installation
  readonly folder: string
}

export async function openHouse(folder: string, given: { redisUrl?: string } = {}): Promise<House> {
  await using stack = new AsyncDisposableStack()
  const server = stack.use(await startOwnPostgres(folder))
  const redis = given.redisUrl ? undefined : await startOwnRedis(folder)
  if (redis) stack.use(redis)
  const installation = await install(server, folder)
  const held = stack.move()
  const redisUrl = given.redisUrl ?? redis?.url
  return { postgres: server, redis, redisUrl, installation, folder, [Symbol.asyncDispose]: () => held.disposeAsync() }
}

export interface Stage extends AsyncDisposable {
  readonly house: House
  readonly queue: QueueKind
  readonly limits: Limits
  readonly deployment: Deployment
  readonly sql: postgres.Sql
  readonly reads: Reads
  /** Every event that the API told so far, in order. */
  readonly events: readonly Told[]
  provider(variant: Variant): Provider
  seed(variant: Variant, wanted: SeedOptions): Promise<readonly Seeded[]>
  /** Deletes everything that the queue holds. */
  emptyQueue(): Promise<void>
  /** Lets go of something when the stage ends, if nobody did before. */
  use<One extends AsyncDisposable>(one: One): One
  /** How many of these connections have a newer pair than the seeded one. */
  renewed(seeds: readonly Seeded[]): Promise<number>
  /** Waits until each has a newer pair, or a name for its loss: which of the two is the judge's. */
  settled(seeds: readonly Seeded[], what: string, timeoutMs: number): Promise<void>
}

export type Told = Event & { readonly toldAt: number }

export interface StageOptions {
  readonly apis?: number
  readonly workers?: number
  readonly variants?: readonly Variant[]
  /** Names of the provider's OAuth clients; the first is configured as the default one. */
  readonly clients?: readonly string[]
  /** Gives every process a second encryption key in front of the first, which sealed what there is. */
  readonly hasNewKey?: boolean
  /** Time limits that differ from the run's. */
  readonly timings?: Readonly<Record<string, number>>
}

let stages = 0

export async function openStage(
  house: House,
  queue: QueueKind,
  runLimits: Limits,
  options: StageOptions = {},
): Promise<Stage> {
  await using stack = new AsyncDisposableStack()
  const limits = { ...runLimits, timings: { ...runLimits.timings, ...options.timings } }
  const installation: Installation = options.hasNewKey
    ? {
        ...house.installation,
        encryptionKeys: `second:${randomBytes(32).toString('base64')},${house.installation.encryptionKeys}`,
      }
    : house.installation
  const databaseUrl = await installation.database()
  const ports = await freePorts(options.apis ?? 1)
  const providers = new Map<Variant, Provider>()
  for (const variant of options.variants ?? ['kills']) {
    const publicUrl = `http://localhost:${ports[0]}`
    const clients = options.clients ? { clients: options.clients } : {}
    const provider = await startProvider(variant, { publicUrl, ...clients })
    providers.set(variant, stack.use(provider))
  }
  const prefix = `chaos${randomBytes(4).toString('hex')}`
  const opened: { reads?: Reads } = {}
  // After the processes are gone, so that no reader still waits for one.
  stack.defer(() => opened.reads?.stopAll())
  const deployment = stack.use(
    await deploy({
      folder: join(house.folder, `stage-${++stages}`),
      installation,
      databaseUrl,
      queueUrl: queue === 'redis' ? (house.redisUrl as string) : databaseUrl,
      queuePrefix: prefix,
      ports,
      workers: options.workers ?? 1,
      limits,
      providers: [...providers.values()],
    }),
  )
  // A connection that does not come about, as while PostgreSQL is away, is given up soon.
  const sql = postgres(databaseUrl, { max: 4, connect_timeout: 2, onnotice: () => {} })
  stack.defer(() => sql.end({ timeout: 5 }))
  const sealer = await openSealer(databaseUrl, installation.encryptionKeys)
  stack.defer(() => sealer.close())
  const seeder = createSeeder({ sql, sealer })
  const events: Told[] = []
  stack.use(listen(deployment, events))
  const provider = (variant: Variant) => providers.get(variant) as Provider

  opened.reads = createReads(deployment)
  const held = stack.move()
  return {
    house,
    queue,
    limits,
    deployment,
    sql,
    events,
    reads: opened.reads,
    use: (one) => held.use(one),
    provider,
    seed: (variant, wanted) => seeder(provider(variant), wanted),
    emptyQueue: () =>
      queue === 'postgres' ? emptyPostgresQueue(sql) : emptyRedisQueue(house.redisUrl as string, prefix),
    async renewed(seeds) {
      const [row] = await sql`
        select count(*)::int as count from credentials
        where generation > 1 and connection_id in ${sql(seeds.map(({ id }) => id))}`
      return row?.count as number
    },
    async settled(seeds, what, timeoutMs) {
      const ids = seeds.map(({ id }) => id)
      const none = async () => {
        const [row] = await sql`
          select count(*)::int as count from credentials join connections on connections.id = connection_id
          where generation = 1 and status <> 'needs_reauthorization' and connection_id in ${sql(ids)}`
        return row?.count === 0
      }
      // While PostgreSQL is away nothing is known.
      await until(() => none().catch(() => false), what, timeoutMs).catch(async (error: Error) => {
        const rows = await sql`
          select count(*)::int as count, last_outcome, refresh_at - clock_timestamp() < '1s' as is_due
          from credentials join connections on connections.id = connection_id
          where generation = 1 and status <> 'needs_reauthorization' and connection_id in ${sql(ids)}
          group by 2, 3 order by 1 desc`
        const left = rows.map((row) => `${row.count} ${row.is_due ? 'due' : 'not due'}, last ${row.last_outcome}`)
        throw new Error(`${error.message}; of ${ids.length}: ${left.join('; ')}`)
      })
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

/** The tables of jobs. What BullMQ keeps of its queues themselves stays, as it stays on a Redis that lost its jobs. */
async function emptyPostgresQueue(sql: postgres.Sql): Promise<void> {
  const tables = await sql`select tablename from pg_tables where schemaname = 'bullmq' and tablename like '%job%'`
  await sql.unsafe(`truncate ${tables.map(({ tablename }) => `bullmq."${tablename}"`).join(', ')} cascade`)
}

async function emptyRedisQueue(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url)
  for await (const keys of redis.scanStream({ match: `{${prefix}}*`, count: 1_000 }))
    if ((keys as string[]).length > 0) await redis.del(keys as string[])
  redis.disconnect()
}

function listen(deployment: Deployment, events: Told[]): AsyncDisposable {
  const stopping = new AbortController()
  const listening = (async () => {
    for await (const event of deployment.client().events.subscribe({ after: 0, signal: stopping.signal }))
      events.push({ ...event, toldAt: Date.now() })
  })()
  listening.catch(() => {})
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await listening.catch(() => {})
    },
  }
}
