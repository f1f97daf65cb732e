import type { DriveEntry } from '@wellhead/datasource-node'
import { folderMimeType, type Item, isShortcut, nativeType, type Resolved } from './items.ts'

/** The folder at the top that holds what others have shared: no item of Google's, so its id is ours. */
export const sharedWithMeId = 'shared-with-me'

export const sharedWithMe: DriveEntry = folder(sharedWithMeId, 'Shared with me')

/** The id of a shared drive is that of its root folder: https://developers.google.com/workspace/drive/api/guides/about-shareddrives */
export function driveEntryOf(drive: { id: string; name?: string | null | undefined }): DriveEntry {
  return folder(drive.id, drive.name || 'Shared drive')
}

function folder(id: string, name: string): DriveEntry {
  return {
    id,
    name,
    type: 'folder',
    parentId: null,
    path: null,
    mimeType: folderMimeType,
    size: null,
    modifiedAt: null,
    revision: null,
    url: null,
  }
}

/** An item as a listing tells it. A shortcut is of the type of what it leads to. */
export function entryOf(item: Item): DriveEntry {
  const isLink = isShortcut(item)
  const mimeType = (isLink ? item.shortcutDetails?.targetMimeType : undefined) || item.mimeType || null
  const hasContent = !isLink && mimeType !== folderMimeType
  const isNative = nativeType(item) !== undefined
  return {
    id: item.id,
    name: item.name || 'Untitled',
    type: mimeType === folderMimeType ? 'folder' : 'file',
    parentId: parentOf(item),
    // Google Drive knows parents, no paths.
    path: null,
    mimeType,
    size: isNative || !/^\d{1,15}$/.test(item.size ?? '') ? null : Number(item.size),
    modifiedAt: item.modifiedTime || null,
    // A native document has no hash; its time changes with its content.
    revision: hasContent ? item.md5Checksum || item.modifiedTime || null : null,
    url: webUrl(item.webViewLink),
    ...(isLink ? { targetId: item.shortcutDetails?.targetId || null } : {}),
  }
}

/** As it was asked for, with the content of what it leads to. */
export function resolvedEntry({ asked, target }: Resolved): DriveEntry {
  if (asked === target) return entryOf(asked)
  const { id, name, parentId, url } = entryOf(asked)
  return { ...entryOf(target), id, name, parentId, url, targetId: target.id }
}

/** An item has one parent since 2020. What was shared by others has none that one could see. */
function parentOf({ parents, ownedByMe, driveId }: Item): string | null {
  const [parent] = parents ?? []
  return parent ?? (ownedByMe === false && !driveId ? sharedWithMeId : null)
}

function webUrl(link: string | null | undefined): string | null {
  const url = URL.parse(link ?? '')
  return url?.protocol === 'https:' ? url.href : null
}
