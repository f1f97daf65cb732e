import type { Drive, DriveItem, ItemReference, RemoteItem, User } from '@microsoft/microsoft-graph-types'
import { type Item, itemSize } from '../drive/tree.ts'
import { type Account, type AccountDrive, driveOf, guid } from './accounts.ts'

export interface ShownItem extends DriveItem {
  '@microsoft.graph.downloadUrl'?: string
}

const time = (at: number): string => new Date(at).toISOString().replace(/\.\d+/, '')

export function showUser({ id, kind, name, givenName, surname, email }: Account): User {
  return {
    id,
    displayName: name,
    givenName,
    surname,
    // A personal account has no mailbox here.
    mail: kind === 'work' ? email : null,
    userPrincipalName: email,
  } satisfies User
}

export function showDrive({ kind, id, email }: Account, drive: AccountDrive): Drive {
  return {
    id: drive.id,
    name: drive.name,
    driveType: drive.driveType,
    webUrl: webRoot(kind, drive),
    owner: { user: { displayName: drive.owner, ...(drive.space === 'own' ? { id, email } : {}) } },
    quota: { deleted: 0, remaining: 1099511627776, state: 'normal', total: 1099511627776, used: 0 },
  } satisfies Drive
}

const webRoot = (kind: Account['kind'], drive: AccountDrive): string =>
  kind === 'work'
    ? `https://acme-my.example/${drive.space === 'team' ? 'sites/bakery' : 'personal/ada_acme_test'}/Documents`
    : `https://onedrive.example/?cid=${drive.id}`

/**
 * An item as Graph shows it. `urlOf` makes the pre-authenticated URL of a file; a delta's items say nothing of paths, since a
 * folder may be renamed without its content being told of again.
 */
export function showItem(
  account: Account,
  item: Item,
  how: { readonly urlOf?: (item: Item) => string; readonly inDelta?: boolean } = {},
): ShownItem {
  const { kind, tree, name, email } = account
  const drive = driveOf(account, item)
  const isFolder = item.kind === 'folder'
  const path = tree.pathOf(item).split('/').map(encodeURIComponent).join('/')
  const by = { user: { displayName: name, email } } as const
  return {
    id: item.id,
    // The name of the drive is not that of its root.
    name: item.parentId === null ? 'root' : item.name,
    size: itemSize(item) ?? 0,
    webUrl: webRoot(kind, drive) + path,
    createdDateTime: time(item.createdAt),
    lastModifiedDateTime: time(item.modifiedAt),
    createdBy: by,
    lastModifiedBy: by,
    fileSystemInfo: { createdDateTime: time(item.createdAt), lastModifiedDateTime: time(item.modifiedAt) },
    parentReference: referenceOf(account, drive, item, how.inDelta ?? false),
    eTag: `"{${guid(item.id).toUpperCase()}},${item.revision}"`,
    // At work folders have none.
    ...(isFolder && kind === 'work' ? {} : { cTag: cTagOf(item) }),
    ...(item.parentId === null ? { root: {} } : {}),
    ...(isFolder ? { folder: { childCount: tree.children(item.id).length } } : {}),
    ...(item.kind === 'file' ? { file: { mimeType: item.mimeType } } : {}),
    ...(item.kind === 'native' ? { package: { type: 'oneNote' } } : {}),
    ...(item.kind === 'shortcut' ? { remoteItem: showRemote(account, item) } : {}),
    ...(item.oddity === 'malware' ? { malware: { description: 'Trojan:Win32/Sample' } } : {}),
    ...(item.kind === 'file' && item.oddity === null && how.urlOf
      ? { '@microsoft.graph.downloadUrl': how.urlOf(item) }
      : {}),
  } satisfies ShownItem
}

/** With its quotes; changes with the content alone. */
export const cTagOf = (item: Item): string => `"c:{${guid(item.id).toUpperCase()}},${item.revision}"`

function referenceOf({ tree, kind }: Account, drive: AccountDrive, item: Item, inDelta: boolean): ItemReference {
  const known = { driveId: drive.id, driveType: drive.driveType }
  if (item.parentId === null) return known
  const parent = tree.get(item.parentId)!
  const root = drive.space === 'own' ? '/drive/root:' : `/drives/${drive.id}/root:`
  const path = root + tree.pathOf(parent).split('/').map(encodeURIComponent).join('/')
  return {
    ...known,
    id: item.parentId,
    ...(inDelta ? {} : { path }),
    ...(kind === 'work' ? { name: parent.parentId === null ? 'Documents' : parent.name } : {}),
  } satisfies ItemReference
}

/** What a shortcut knows of its target, which lies in another drive. Its owner may have taken it away meanwhile. */
function showRemote(account: Account, shortcut: Item): RemoteItem {
  const target = account.tree.get(shortcut.targetId ?? '')!
  const drive = driveOf(account, target)
  return {
    id: target.id,
    name: target.name,
    size: itemSize(target) ?? 0,
    webUrl: webRoot(account.kind, drive) + account.tree.pathOf(target),
    createdDateTime: time(target.createdAt),
    lastModifiedDateTime: time(target.modifiedAt),
    parentReference: {
      driveId: drive.id,
      driveType: drive.driveType,
      ...(target.parentId === null ? {} : { id: target.parentId }),
    },
    ...(target.kind === 'folder' ? { folder: { childCount: account.tree.children(target.id).length } } : {}),
    ...(target.kind === 'file' ? { file: { mimeType: target.mimeType } } : {}),
    shared: { scope: 'users', owner: { user: { displayName: drive.owner } } },
  } satisfies RemoteItem
}

/** All that a delta says of what is gone. */
export function showDeleted(account: Account, item: Item): ShownItem {
  const drive = driveOf(account, item)
  return {
    id: item.id,
    deleted: { state: 'deleted' },
    parentReference: {
      driveId: drive.id,
      driveType: drive.driveType,
      ...(item.parentId === null ? {} : { id: item.parentId }),
    },
  } satisfies ShownItem
}
