import { DataSourceError } from '@wellhead/datasource-node'
import { z } from 'zod'

const id = z.string().regex(/^[\w-]{1,200}$/)

const drives = z.strictObject({ kind: z.literal('drives') })
const files = [
  z.strictObject({ kind: z.literal('shared_with_me') }),
  z.strictObject({
    kind: z.literal('folder'),
    id,
    driveId: id.optional(),
    resourceKey: z
      .string()
      .regex(/^[\w.-]{1,200}$/)
      .optional(),
  }),
] as const

const cursorSchema = z.strictObject({
  /** The folder that the listing was asked for; `null` at the top. */
  of: z.string().min(1).max(1_000).nullable(),
  /** What is being listed: the shared drives, what is shared with the account, or the children of a folder. */
  in: z.discriminatedUnion('kind', [drives, ...files]),
  token: z.string().min(1).max(4_000),
})

/** A list of files, by what is asked for. */
export type FilesPlace = z.infer<(typeof files)[number]>
export type ListingCursor = z.infer<typeof cursorSchema>

export const writeCursor = (cursor: ListingCursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url')

/** @throws DataSourceError `invalid_request` for what is no cursor of a listing of `folder` */
export function readCursor(cursor: string, folder: string | undefined): ListingCursor {
  const parsed = cursorSchema.safeParse(decoded(cursor))
  if (!parsed.success || parsed.data.of !== (folder ?? null))
    throw new DataSourceError('invalid_request', 'This is not a cursor of this listing.')
  return parsed.data
}

function decoded(cursor: string): unknown {
  if (!/^[\w-]+$/.test(cursor)) return undefined
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}
