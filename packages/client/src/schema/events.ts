import { z } from 'zod'
import { instant, object } from './fields.ts'
import { eventTypes } from './words.ts'

/** `data` of a server-sent event. Its `id` field is the position, its `event` field the type. At least once, in order. */
export const event = z
  .object({
    id: z.string(),
    /** Rises with publication; what `Last-Event-ID` carries. */
    position: z.number().int(),
    type: z.enum(eventTypes),
    connection_id: z.string().nullable(),
    authorization_id: z.string().nullable(),
    run_id: z.string().nullable(),
    data: object,
    created_at: instant,
  })
  .meta({ id: 'Event' })
export type Event = z.infer<typeof event>

export const eventQuery = z.strictObject({
  /** As `Last-Event-ID`, which goes first: events after this position; 0 for all that are kept. Default: new ones. */
  after: z.coerce.number<number>().int().min(0).max(Number.MAX_SAFE_INTEGER).exactOptional(),
})
