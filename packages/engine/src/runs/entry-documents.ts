/** What is found, as documents. */
import type { DriveDeletion, DriveEntry, PageEntry } from '@wellhead/datasource-node'
import type { NewEntry } from '../documents/writer.ts'

export function failedDocument(externalId: string, title: string, error: { code: string; message: string }): NewEntry {
  return {
    kind: 'failed',
    externalId,
    title,
    url: null,
    mimeType: null,
    metadata: { error: { code: error.code, message: error.message } },
  }
}

export function pageEntryDocument(page: PageEntry): NewEntry {
  return {
    kind: 'page_entry',
    externalId: page.id,
    title: page.title,
    url: page.url,
    mimeType: null,
    metadata: { type: page.type, icon: page.icon, parent_id: page.parentId, last_edited_at: page.lastEditedAt },
  }
}

export function driveEntryDocument(entry: DriveEntry): NewEntry {
  return {
    kind: 'drive_entry',
    externalId: entry.id,
    title: entry.name,
    url: entry.url,
    mimeType: entry.mimeType,
    metadata: {
      type: entry.type,
      parent_id: entry.parentId,
      path: entry.path,
      size: entry.size,
      modified_at: entry.modifiedAt,
      revision: entry.revision,
      ...(entry.targetId ? { target_id: entry.targetId } : {}),
    },
  }
}

/** By its id, or else by the path that it had. */
export function deletionDocument({ id, path }: DriveDeletion): NewEntry {
  const externalId = id ?? path
  return {
    kind: 'deleted',
    externalId,
    title: path ?? externalId,
    url: null,
    mimeType: null,
    metadata: { id, path },
  }
}
