/**
 * Every job there is. Producers and processors infer their types from here. Payloads carry ids: never a secret, never
 * content. Attempts are one: what a job leaves undone is a due row, and the sweep enqueues it again.
 */
import { z } from 'zod'

export const queues = ['interactive', 'refresh-on-demand', 'refresh-background', 'runs'] as const
export type QueueName = (typeof queues)[number]

/** Most due refreshes that one job carries. */
export const REFRESHES_OF_A_JOB = 32

interface JobSpec {
  readonly queue: QueueName
  readonly payload: z.ZodObject
  /** Milliseconds after which the processor's signal is aborted. */
  readonly timeoutMs: number
}

/**
 * Which trace the work is a part of (telemetry/trace-context.ts): whoever waits for it began that, in another process. Optional, as
 * work that the sweep finds is a part of none, and as a process of the version before sends none.
 */
const traced = { traceparent: z.string().max(200).optional() }

export const jobs = {
  'connection.validate': {
    queue: 'interactive',
    payload: z.object({ connectionId: z.string(), ...traced }),
    timeoutMs: 120_000,
  },
  'connection.erase': {
    queue: 'interactive',
    payload: z.object({ connectionId: z.string(), ...traced }),
    timeoutMs: 300_000,
  },
  'connection.authorize': {
    queue: 'interactive',
    payload: z.object({ authorizationId: z.string(), ...traced }),
    timeoutMs: 300_000,
  },
  'connection.preflight': {
    queue: 'interactive',
    payload: z.object({ runId: z.string(), ...traced }),
    timeoutMs: 300_000,
  },
  /** On demand: somebody waits for it. `seenGeneration` is the one that the asker holds. */
  'connection.refresh': {
    queue: 'refresh-on-demand',
    payload: z.object({
      connectionId: z.string(),
      seenGeneration: z.int(),
      acceptRisk: z.boolean().optional(),
      ...traced,
    }),
    timeoutMs: 300_000,
  },
  /** In background: due ones, so many to a job that the queue costs little beside the refreshes. */
  'connection.refresh_due': {
    queue: 'refresh-background',
    payload: z.object({ connectionIds: z.array(z.string()).min(1).max(100), ...traced }),
    timeoutMs: 600_000,
  },
  'run.execute': {
    queue: 'runs',
    payload: z.object({ runId: z.string(), ...traced }),
    timeoutMs: 24 * 3_600_000,
  },
} as const satisfies Record<string, JobSpec>

export type JobName = keyof typeof jobs
export type JobPayload<Name extends JobName> = z.infer<(typeof jobs)[Name]['payload']>

/** What a worker does with each job. The signal is aborted at the job's timeout and when the process stops waiting. */
export type Processors = {
  readonly [Name in JobName]: (payload: JobPayload<Name>, signal: AbortSignal) => Promise<void>
}
