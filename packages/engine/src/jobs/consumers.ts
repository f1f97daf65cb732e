import { SpanKind } from '@opentelemetry/api'
import type { Logger } from '@wellhead/datasource-node'
import { reasonOf } from '../db/until-it-lands.ts'
import { arrived, type Facts } from '../telemetry/spans.ts'
import type { QueueBackend, TakenJob, WorkerHandle } from './backend.ts'
import { type JobName, jobs, type Processors, type QueueName, queues } from './catalog.ts'

export interface Consumers {
  /** Takes no more jobs and waits for those in hand; after `graceMs` their signals are aborted. */
  drain(graceMs: number): Promise<void>
}

/**
 * Where somebody waits, there is a slot for many more than can be under way: most of them wait themselves, for a lease or for their turn at
 * their own provider, and must not keep those of another one waiting. How many calls go out at once is what a client's window says.
 */
export const defaultConcurrency: Readonly<Record<QueueName, number>> = {
  interactive: 64,
  'refresh-on-demand': 256,
  'refresh-background': 64,
  runs: 8,
}

/** Starts taking jobs from every queue. */
export async function startConsumers(options: {
  backend: QueueBackend
  processors: Processors
  log: Logger
  concurrency: Readonly<Record<QueueName, number>>
}): Promise<Consumers> {
  const { backend, processors, log } = options
  const ending = new AbortController()

  async function process(job: TakenJob): Promise<void> {
    const spec = jobs[job.name as JobName]
    if (!spec) throw new Error(`There is no job named ${job.name}.`)
    const payload = spec.payload.parse(job.data)
    const signal = AbortSignal.any([AbortSignal.timeout(spec.timeoutMs), ending.signal])
    try {
      const act = processors[job.name as JobName] as (payload: unknown, signal: AbortSignal) => Promise<void>
      await arrived(job.name, { kind: SpanKind.CONSUMER, ...placeOf(spec.queue, payload) }, () => act(payload, signal))
    } catch (error) {
      // The due row behind the job stays, so the sweep brings it back; the queue only learns that this try failed.
      log.error('a job failed', { job: job.name, ...payload, error: reasonOf(error) })
      throw error
    }
  }

  const workers: WorkerHandle[] = queues.map((name) =>
    backend.worker(name, process, { concurrency: options.concurrency[name] }),
  )
  for (const worker of workers) worker.on('error', (error) => log.warn('the queue reports', { error: error.message }))
  await Promise.all(workers.map((worker) => worker.waitUntilReady()))

  return {
    async drain(graceMs) {
      const timer = setTimeout(() => ending.abort(new DrainTimeout()), graceMs)
      await Promise.all(workers.map((worker) => worker.close()))
      clearTimeout(timer)
    },
  }
}

/** What the job is about, and the trace that it is a part of. */
function placeOf(queue: QueueName, payload: Partial<Record<keyof Facts | 'traceparent', unknown>>) {
  const { connectionId, runId, authorizationId, traceparent } = payload as Partial<Record<string, string>>
  return { facts: { queue, connectionId, runId, authorizationId }, traceparent }
}

/** Why a job's signal was aborted: the process ends before the job does. Its work goes on elsewhere. */
export class DrainTimeout extends Error {
  constructor() {
    super('The worker is shutting down.')
    this.name = 'DrainTimeout'
  }
}
