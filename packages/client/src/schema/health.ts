import { z } from 'zod'

export const alive = z.object({ status: z.literal('ok') }).meta({ id: 'Alive' })
export const readiness = z
  .object({ ready: z.boolean(), database: z.boolean(), queue: z.boolean() })
  .meta({ id: 'Readiness' })
export type Readiness = z.infer<typeof readiness>
