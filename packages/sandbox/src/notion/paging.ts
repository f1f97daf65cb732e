import { z } from 'zod'
import { validationError } from './errors.ts'

/** Paging fields of a body. A null cursor is refused: leave it out. https://developers.notion.com/reference/intro#pagination */
export const pageFields = {
  start_cursor: z.string().optional(),
  page_size: z.int().min(1).max(100).optional(),
}

/** The same from a query string. */
export const pageQuery = z.object({
  start_cursor: z.string().optional(),
  page_size: z.coerce.number().int().min(1).max(100).optional(),
})

interface Page<T> {
  readonly object: 'list'
  readonly results: T[]
  readonly next_cursor: string | null
  readonly has_more: boolean
}

/** One page of a list. The cursor is the id of the next item; the server may give less than was asked for. */
export function onePage<T extends { id: string }>(
  all: readonly T[],
  asked: { readonly start_cursor?: string | undefined; readonly page_size?: number | undefined },
  serverLimit: number,
): Page<T> {
  let from = 0
  if (asked.start_cursor !== undefined) {
    from = all.findIndex((item) => item.id === asked.start_cursor)
    if (from < 0) throw validationError(`The start_cursor provided is invalid: ${asked.start_cursor}`)
  }
  const to = from + Math.min(asked.page_size ?? 100, 100, serverLimit)
  const next = all[to]
  return { object: 'list', results: all.slice(from, to), next_cursor: next?.id ?? null, has_more: next !== undefined }
}
