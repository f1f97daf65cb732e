import { z } from 'zod'
import { failure, instant } from './fields.ts'
import { connectionStatuses, runStatuses } from './words.ts'

export const alive = z.object({ status: z.literal('ok') }).meta({ id: 'Alive' })
export const readiness = z
  .object({ ready: z.boolean(), database: z.boolean(), queue: z.boolean() })
  .meta({ id: 'Readiness' })
export type Readiness = z.infer<typeof readiness>

const amount = z.number().int().min(0)

/** How the caller's workspace stands; `queue` is of the whole installation. */
export const health = z
  .object({
    at: instant,
    connections: z.object({
      by_status: z.record(z.enum(connectionStatuses), amount),
      /** Those whose last try failed: all of them, and those of them that the caller may not see. */
      failing: amount,
      hidden: amount,
      /** Those that the caller may see, the latest failure first. At most twenty. */
      latest_failures: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          data_source: z.string(),
          status: z.enum(connectionStatuses),
          error: failure.extend({ at: instant }),
        }),
      ),
    }),
    /** Refreshes that Wellhead makes by itself. */
    refreshes: z.object({
      schedule: z.object({
        bucket_minutes: z.number().int(),
        /** How many are due, from now on, in buckets of so many minutes. */
        due: z.array(amount),
        /** After the last bucket. */
        later: amount,
        /** Due for more than a minute. */
        overdue: amount,
        oldest_overdue_seconds: amount,
      }),
      /** By the hour, oldest first: this hour and the twenty-three before. */
      hours: z.array(
        z.object({
          from: instant,
          refreshed: amount,
          /** Connections that began to fail. */
          degraded: amount,
          needs_reauthorization: amount,
        }),
      ),
    }),
    /** OAuth clients whose last token calls failed; those that are well have none. */
    breakers: z.array(
      z.object({
        data_source: z.string(),
        client: z.object({ id: z.string(), kind: z.enum(['default', 'custom']) }),
        /** `counting`: it failed, and is still asked. `open`: not asked. `probing`: one call at a time finds out. */
        state: z.enum(['counting', 'open', 'probing']),
        /** In a row. */
        failures: amount,
        open_until: instant.nullable(),
        /** How the last call failed, such as `client_misconfigured` or `provider_down`. */
        reason: z.string().nullable(),
        /** Connections of the workspace that it minted. */
        connections: amount,
      }),
    ),
    /** Of the last 24 hours. */
    runs: z.object({ by_status: z.record(z.enum(runStatuses), amount) }),
    /** Jobs of the whole installation; `null` when the queue does not answer. */
    queue: z.array(z.object({ name: z.string(), state: z.string(), jobs: amount })).nullable(),
  })
  .meta({ id: 'Health' })
export type Health = z.infer<typeof health>
