import type { DriveEntry } from '@wellhead/datasource-node'
import { DataSourceError } from '@wellhead/datasource-node'
import { z } from 'zod'
import { mimeTypeOf } from './mime-types.ts'

const text = z.string().nullish().catch(null)

/** What is used of a file. https://www.dropbox.com/developers/documentation/http/documentation#files-get_metadata */
export const fileSchema = z.looseObject({
  id: z.string().min(1),
  name: z.string(),
  path_lower: text,
  path_display: text,
  server_modified: text,
  rev: text,
  size: z.int().nonnegative().nullish().catch(null),
  content_hash: text,
  preview_url: text,
  /** False for Paper and other documents that are exported instead. */
  is_downloadable: z.boolean().nullish().catch(null),
  export_info: z
    .looseObject({ export_as: text, export_options: z.array(z.string()).nullish().catch(null) })
    .nullish()
    .catch(null),
})
export type DropboxFile = z.infer<typeof fileSchema>

const folderSchema = z.looseObject({ id: z.string().min(1), name: z.string(), path_lower: text, path_display: text })
const deletedSchema = z.looseObject({ name: z.string(), path_lower: text, path_display: text })

export const metadataSchema = z.discriminatedUnion('.tag', [
  fileSchema.extend({ '.tag': z.literal('file') }),
  folderSchema.extend({ '.tag': z.literal('folder') }),
  deletedSchema.extend({ '.tag': z.literal('deleted') }),
])
export type Metadata = z.infer<typeof metadataSchema>

/** A page of a listing, or of changes. */
export const pageSchema = z.looseObject({
  entries: z.array(z.unknown()),
  cursor: z.string().min(1),
  has_more: z.boolean(),
})
export type Page = z.infer<typeof pageSchema>

/**
 * Those that can be read; one that cannot is said in a warning and does not break the rest, nor does a kind that is yet to come.
 *
 * @throws DataSourceError `invalid_response` when none can: that would pass for an empty folder
 */
export function readEntries(page: Page): { items: readonly Metadata[]; warnings: readonly string[] } {
  let unreadable = 0
  const items: Metadata[] = []
  for (const entry of page.entries) {
    const parsed = metadataSchema.safeParse(entry)
    if (parsed.success) items.push(parsed.data)
    else if (parsed.error.issues[0]?.path.join('.') !== '.tag') unreadable++
  }
  if (unreadable > 0 && items.length === 0)
    throw new DataSourceError('invalid_response', 'None of the entries that Dropbox lists can be read.')
  const isWhole = items.length === page.entries.length
  return { items, warnings: isWhole ? [] : ['Dropbox lists something that cannot be read here. It is left out.'] }
}

/** @throws DataSourceError `invalid_response` when going on from a page would never end */
export function mustGoOn(page: Page, asked: string | undefined): void {
  if (page.has_more && page.cursor === asked)
    throw new DataSourceError('invalid_response', 'Dropbox says that there is more of a list, but gives no new cursor.')
}

/** @param parentId the folder it was found in, where that is known: Dropbox itself tells the path alone */
export function toEntry(
  item: DropboxFile | Extract<Metadata, { '.tag': 'folder' }>,
  parentId: string | null,
): DriveEntry {
  const { id, name } = item
  const path = item.path_display ?? null
  if (item['.tag'] === 'folder')
    return {
      id,
      name,
      type: 'folder',
      parentId,
      path,
      mimeType: null,
      size: null,
      modifiedAt: null,
      revision: null,
      url: null,
    }
  const file = item as DropboxFile
  const isDocument = file.is_downloadable === false
  return {
    id,
    name,
    type: 'file',
    parentId,
    path,
    mimeType: isDocument ? null : (mimeTypeOf(name) ?? null),
    size: isDocument ? null : (file.size ?? null),
    modifiedAt: file.server_modified ?? null,
    revision: file.rev ?? null,
    url: webUrl(file.preview_url),
  }
}

function webUrl(text: string | null | undefined): string | null {
  const url = URL.parse(text ?? '')
  return url?.protocol === 'https:' ? url.href : null
}
