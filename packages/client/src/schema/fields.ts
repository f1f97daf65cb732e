import { z } from 'zod'

/** An instant, RFC 3339 in UTC. */
export const instant = z.iso.datetime({ offset: true })

/** An id of ours. Opaque; the bound keeps a path from becoming a query of any size. */
export const id = z.string().min(1).max(100)

/** A free object: parameters, settings, metadata. */
export const object = z.record(z.string(), z.unknown())

/** A name that a person gives: trimmed, on one line. */
export const label = z
  .string()
  .trim()
  .min(1, 'Give a name.')
  .max(100, 'At most 100 characters.')
  .regex(/^\P{Cc}*$/u, 'No line breaks or other control characters.')

const limit = z.coerce.number<number>().int().min(1).max(100)

/** How a list is asked for. `cursor` is the `next_cursor` of the page before. */
export const pageQuery = { cursor: z.string().min(1).max(500).exactOptional(), limit: limit.exactOptional() }

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    /** `null` when this was the last page. */
    next_cursor: z.string().nullable(),
  })
}

export const idParams = z.strictObject({ id })

/** A failure as it is kept with a connection, a run or an authorization. */
export const failure = z.object({ code: z.string(), message: z.string() })
