import { SpanKind } from '@opentelemetry/api'
import type { JobsOptions } from 'bullmq'
import { part } from '../telemetry/spans.ts'
import { currentTraceparent } from '../telemetry/trace-context.ts'
import type { FlowHandle, QueueBackend, QueueHandle } from './backend.ts'
import { type JobName, type JobPayload, jobs, type QueueName, queues } from './catalog.ts'

export interface Producer {
  enqueue<Name extends JobName>(name: Name, payloads: readonly JobPayload<Name>[]): Promise<void>
  /** A run waits for its preflight: the parent is not taken before the child is done. */
  enqueueRun(runId: string): Promise<void>
  /** Jobs of a queue that nobody has taken yet. */
  waiting(name: QueueName): Promise<number>
  counts(): Promise<readonly { queue: string; state: string; count: number }[]>
  close(): Promise<void>
}

// Finished jobs are removed: what happened is in the engine's own tables.
const options = { attempts: 1, removeOnComplete: true, removeOnFail: true } satisfies JobsOptions

export function createProducer(backend: QueueBackend): Producer {
  const opened = new Map<QueueName, QueueHandle>()
  let flows: FlowHandle | undefined
  const queue = (name: QueueName): QueueHandle => {
    const handle = opened.get(name) ?? backend.queue(name)
    opened.set(name, handle)
    return handle
  }

  return {
    async enqueue(name, payloads) {
      if (payloads.length === 0) return
      await handOver(name, async (trace) => {
        await queue(jobs[name].queue).addBulk(
          payloads.map((data) => ({ name, data: { ...data, ...trace }, opts: options })),
        )
      })
    },
    async enqueueRun(runId) {
      flows ??= backend.flows()
      const flow = flows
      await handOver('run.execute', async (trace) => {
        await flow.add({
          name: 'run.execute',
          queueName: jobs['run.execute'].queue,
          data: { runId, ...trace },
          opts: options,
          children: [
            {
              name: 'connection.preflight',
              queueName: jobs['connection.preflight'].queue,
              data: { runId, ...trace },
              opts: { ...options, failParentOnFailure: true },
            },
          ],
        })
      })
    },
    async waiting(name) {
      const { waiting = 0 } = await queue(name).getJobCounts('waiting')
      return waiting
    },
    async counts() {
      const all = await Promise.all(
        queues.map(async (name) =>
          Object.entries(await queue(name).getJobCounts('waiting', 'active', 'delayed', 'failed')).map(
            ([state, count]) => ({ queue: name, state, count }),
          ),
        ),
      )
      return all.flat()
    },
    async close() {
      await Promise.all([...opened.values()].map((handle) => handle.close()))
      await flows?.close()
    },
  }
}

/** `trace` goes with each payload, so that the work is told as a part of what asked for it. */
function handOver(name: JobName, add: (trace: { traceparent?: string }) => Promise<void>): Promise<void> {
  return part(
    `enqueue ${name}`,
    { queue: jobs[name].queue },
    () => {
      const traceparent = currentTraceparent()
      return add(traceparent === undefined ? {} : { traceparent })
    },
    SpanKind.PRODUCER,
  )
}
