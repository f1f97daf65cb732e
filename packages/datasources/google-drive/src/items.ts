import { type DataSourceContext, DataSourceError } from '@wellhead/datasource-node'
import { z } from 'zod'
import { forAllDrives, isError, nextToken, read, resourceKeyHeader, segment } from './api.ts'

// A field that is not of its form is as good as absent: one odd item must not hide the others.
const text = z.string().nullish().catch(undefined)

/** https://developers.google.com/workspace/drive/api/reference/rest/v3/files#File */
export const itemSchema = z.looseObject({
  id: z.string().min(1),
  name: text,
  mimeType: text,
  /** Bytes. Native documents have one as well, which is not that of any export. */
  size: text,
  md5Checksum: text,
  modifiedTime: text,
  parents: z.array(z.string()).nullish().catch(undefined),
  driveId: text,
  ownedByMe: z.boolean().nullish().catch(undefined),
  webViewLink: text,
  resourceKey: text,
  trashed: z.boolean().nullish().catch(undefined),
  shortcutDetails: z
    .looseObject({ targetId: text, targetMimeType: text, targetResourceKey: text })
    .nullish()
    .catch(undefined),
  capabilities: z
    .looseObject({ canDownload: z.boolean().nullish().catch(undefined) })
    .nullish()
    .catch(undefined),
  exportLinks: z.record(z.string(), z.string()).nullish().catch(undefined),
})
export type Item = z.infer<typeof itemSchema>

export const listedFields =
  'id,name,mimeType,size,md5Checksum,modifiedTime,parents,driveId,ownedByMe,webViewLink,resourceKey,trashed,shortcutDetails'
const readFields = `${listedFields},capabilities(canDownload),exportLinks`

const nativePrefix = 'application/vnd.google-apps.'
export const folderMimeType = `${nativePrefix}folder`
const shortcutMimeType = `${nativePrefix}shortcut`

export const isShortcut = (item: Item): boolean => item.mimeType === shortcutMimeType

/** What kind of native document it is, such as `document`; `undefined` for a file that has bytes. */
export function nativeType({ mimeType, md5Checksum }: Item): string | undefined {
  return mimeType?.startsWith(nativePrefix) && !md5Checksum ? mimeType.slice(nativePrefix.length) : undefined
}

/** @throws DataSourceError `not_found` also for what is in the trash */
async function readItem(ctx: DataSourceContext, id: string, resourceKey?: string | null): Promise<Item> {
  let item: Item
  try {
    item = await readOnce(ctx, { id, resourceKey })
  } catch (error) {
    if (!isError(error, 'not_found') || resourceKey) throw error
    const found = await findResourceKey(ctx, id)
    if (!found) throw error
    item = await readOnce(ctx, { id, resourceKey: found })
  }
  if (item.trashed) throw new DataSourceError('not_found', 'This is in the trash of Google Drive.')
  return item
}

async function readOnce(ctx: DataSourceContext, of: { id: string; resourceKey: string | null | undefined }) {
  const query = { fields: readFields, supportsAllDrives: 'true' }
  const item = await read(ctx, `/files/${segment(of.id)}`, query, itemSchema, resourceKeyHeader(of))
  return { ...item, resourceKey: item.resourceKey ?? of.resourceKey }
}

const keysSchema = z.looseObject({
  nextPageToken: z.string().nullish(),
  files: z.array(z.looseObject({ id: z.string(), resourceKey: text })),
})

/** An item that is not found by its id alone may be one of those shared by a link: the list of them has their keys. */
async function findResourceKey(ctx: DataSourceContext, id: string): Promise<string | undefined> {
  let pageToken: string | undefined
  do {
    const query = {
      q: 'sharedWithMe and trashed = false',
      pageSize: '1000',
      fields: 'nextPageToken,files(id,resourceKey)',
      ...forAllDrives,
      ...(pageToken === undefined ? {} : { pageToken }),
    }
    const page = await read(ctx, '/files', query, keysSchema)
    const found = page.files.find((file) => file.id === id)
    if (found) return found.resourceKey ?? undefined
    pageToken = nextToken(pageToken, page.nextPageToken)
  } while (pageToken !== undefined)
  return undefined
}

/** An item, and what it leads to when it is a shortcut: https://developers.google.com/workspace/drive/api/guides/shortcuts */
export interface Resolved {
  readonly asked: Item
  /** The same as `asked` when that is no shortcut. */
  readonly target: Item
}

/** @throws DataSourceError `not_found` when there is no such item, or its target is gone */
export async function resolveItem(ctx: DataSourceContext, id: string): Promise<Resolved> {
  const asked = await readItem(ctx, id)
  if (!isShortcut(asked)) return { asked, target: asked }
  const { targetId, targetResourceKey } = asked.shortcutDetails ?? {}
  if (!targetId) throw new DataSourceError('not_found', 'This shortcut leads nowhere.')
  return { asked, target: await readItem(ctx, targetId, targetResourceKey) }
}
