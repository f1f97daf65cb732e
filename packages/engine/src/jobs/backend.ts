/** BullMQ on Redis or on PostgreSQL, chosen by the scheme of the queue's URL. */
import { createPostgresBackend, createRedisBackend, type FlowJob, type JobsOptions, withBackend } from 'bullmq'
import { Redis } from 'ioredis'
import pg from 'pg'
import type { QueueName } from './catalog.ts'

export interface QueueHandle {
  addBulk(jobs: { name: string; data: unknown; opts?: JobsOptions }[]): Promise<unknown>
  getJobCounts(...states: ('waiting' | 'active' | 'delayed' | 'failed')[]): Promise<Record<string, number>>
  close(): Promise<void>
}

export interface FlowHandle {
  add(flow: FlowJob): Promise<unknown>
  close(): Promise<void>
}

export interface WorkerHandle {
  waitUntilReady(): Promise<unknown>
  /** Takes no more jobs and waits for those in hand; `force` does not wait. */
  close(force?: boolean): Promise<void>
  on(event: 'error', listener: (error: Error) => void): unknown
}

export interface TakenJob {
  readonly name: string
  readonly data: unknown
}

export interface QueueBackend {
  readonly kind: 'redis' | 'postgres'
  queue(name: QueueName): QueueHandle
  flows(): FlowHandle
  worker(name: QueueName, process: (job: TakenJob) => Promise<void>, options: { concurrency: number }): WorkerHandle
  /** Makes the queue's own tables, where it has some. */
  migrate(): Promise<void>
  /** Whether it answers. */
  ping(): Promise<boolean>
  close(): Promise<void>
}

/** The tables of the queue stand beside the engine's, in a schema of their own. */
const SCHEMA = 'bullmq'

// A job lost by a killed worker comes back by the sweep. BullMQ's own second try of a stalled job is a harmless duplicate.
const workerOptions = { lockDuration: 30_000, stalledInterval: 15_000, maxStalledCount: 1 } as const

export function openQueueBackend(url: string, options: { prefix?: string } = {}): QueueBackend {
  const scheme = new URL(url).protocol
  if (scheme === 'redis:' || scheme === 'rediss:') return openRedis(url, options.prefix ?? 'wellhead')
  if (scheme === 'postgres:' || scheme === 'postgresql:') return openPostgres(url)
  throw new Error(`QUEUE_URL must begin with redis://, rediss:// or postgres://, not with ${scheme}//.`)
}

function openRedis(url: string, name: string): QueueBackend {
  const { Queue, Worker, FlowProducer } = withBackend(createRedisBackend)
  // The braces make one hash slot of all keys, as a Redis Cluster asks of scripts over several keys.
  const prefix = `{${name}}`
  // Producers fail at once when Redis is away: the row is there, and the sweep will enqueue it.
  const producer = new Redis(url, { maxRetriesPerRequest: 1, enableOfflineQueue: true, connectTimeout: 2_000 })
  const consumer = new Redis(url, { maxRetriesPerRequest: null })
  for (const connection of [producer, consumer]) connection.on('error', () => {})
  return {
    kind: 'redis',
    queue: (queueName) => new Queue(queueName, { connection: producer, prefix, skipWaitingForReady: true }),
    flows: () => new FlowProducer({ connection: producer, prefix }),
    worker: (queueName, process, { concurrency }) =>
      new Worker(queueName, process, { ...workerOptions, connection: consumer, prefix, concurrency }),
    migrate: async () => {},
    ping: () =>
      producer.ping().then(
        () => true,
        () => false,
      ),
    async close() {
      producer.disconnect()
      consumer.disconnect()
    },
  }
}

function openPostgres(url: string): QueueBackend {
  const { Queue, Worker, FlowProducer } = withBackend(createPostgresBackend)
  // Each object opens a pool of its own. Two connections are enough for one object, and a pool shared among workers
  // stands still, as each worker keeps a connection for LISTEN.
  const connection = { connectionString: url, schema: SCHEMA, max: 2 }
  return {
    kind: 'postgres',
    queue: (name) => new Queue(name, { connection }),
    flows: () => new FlowProducer({ connection }),
    worker: (name, process, { concurrency }) =>
      new Worker(name, process, { ...workerOptions, connection, concurrency }),
    async migrate() {
      const queue = new Queue('interactive', { connection: { ...connection, migrate: true } })
      await queue.waitUntilReady()
      await queue.close()
    },
    async ping() {
      const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
      try {
        await client.connect()
        await client.query('select 1')
        return true
      } catch {
        return false
      } finally {
        await client.end().catch(() => {})
      }
    },
    close: async () => {},
  }
}
