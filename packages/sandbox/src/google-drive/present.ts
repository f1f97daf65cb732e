import type { drive_v3 } from '@googleapis/drive'
import { type Item, itemSize } from '../drive/tree.ts'
import { type Account, isTrashed, sharedDriveName } from './accounts.ts'
import { exportLinksOf, nativeMimeType } from './exports.ts'
import { createHashes } from './hashes.ts'

export const folderMimeType = 'application/vnd.google-apps.folder'
export const shortcutMimeType = 'application/vnd.google-apps.shortcut'

const time = (at: number) => new Date(at).toISOString()

export const presentUser = ({ person, id }: Account, me: boolean): drive_v3.Schema$User => ({
  kind: 'drive#user',
  displayName: person.name,
  me,
  permissionId: id,
  emailAddress: person.email,
})

export const presentDrive = (root: Item): drive_v3.Schema$Drive => ({
  kind: 'drive#drive',
  id: root.id,
  name: sharedDriveName,
  createdTime: time(root.createdAt),
  hidden: false,
  colorRgb: '#0f9d58',
  themeId: 'food',
})

export const mimeTypeOf = (item: Item): string =>
  item.kind === 'folder'
    ? folderMimeType
    : item.kind === 'shortcut'
      ? shortcutMimeType
      : item.native
        ? nativeMimeType(item.native)
        : item.mimeType

/** As the vendor types it, but for the hash: it is made when it is read. */
export interface PresentedFile extends Omit<drive_v3.Schema$File, 'md5Checksum'> {
  readonly md5Checksum: Promise<string | null>
}

export type Presenter = ReturnType<typeof createPresenter>

/** @param docs the origin and prefix of the links of exports */
export function createPresenter({ docs, others }: { docs(): string; others(account: Account): Account }) {
  const md5Of = createHashes()

  /** Everything that is known of an item, as `account` sees it. */
  return function presentFile(account: Account, item: Item): PresentedFile {
    const { tree, resourceKeys } = account
    const isRoot = item.parentId === null
    const inTeam = item.space === 'team'
    const isShared = item.space === 'shared_with_me'
    const driveId = inTeam ? tree.root('team')?.id : undefined
    // The parent of what was shared is not shared.
    const hasParent = !isRoot && !(isShared && item.parentId === tree.root('shared_with_me')?.id)
    const owner = isShared ? others(account) : account
    const resourceKey = resourceKeys.get(item.id)
    const canDownload = (item.kind === 'file' || item.kind === 'native') && item.oddity !== 'not_downloadable'
    const extension = /\.([^.]+)$/.exec(item.name)?.[1]
    return {
      kind: 'drive#file',
      id: item.id,
      // The names of roots are constant.
      name: isRoot ? (inTeam ? 'Drive' : 'My Drive') : item.name,
      mimeType: mimeTypeOf(item),
      starred: false,
      trashed: isTrashed(tree, item),
      explicitlyTrashed: item.trashed,
      ...(hasParent ? { parents: [item.parentId!] } : {}),
      spaces: ['drive'],
      version: String(item.revision * 2 + 1),
      webViewLink: webViewLink(item, resourceKey),
      iconLink: `https://drive-thirdparty.googleusercontent.com/16/type/${mimeTypeOf(item)}`,
      hasThumbnail: false,
      createdTime: time(item.createdAt),
      modifiedTime: time(item.modifiedAt),
      shared: isShared || inTeam,
      capabilities: {
        canCopy: canDownload,
        canDownload,
        canEdit: !isShared,
        canListChildren: item.kind === 'folder',
        canReadRevisions: !isShared,
        canRename: !isShared && !isRoot,
        canShare: !isShared,
        canTrash: !isShared && !isRoot,
      },
      copyRequiresWriterPermission: item.oddity === 'not_downloadable',
      isAppAuthorized: true,
      ...(inTeam
        ? { driveId: driveId!, teamDriveId: driveId!, hasAugmentedPermissions: false }
        : { ownedByMe: !isShared, owners: [presentUser(owner, !isShared)] }),
      ...(isShared ? { sharedWithMeTime: time(item.createdAt), sharingUser: presentUser(owner, false) } : {}),
      ...(resourceKey === undefined ? {} : { resourceKey }),
      ...(item.kind === 'native' ? { size: nativeSize(item), quotaBytesUsed: nativeSize(item) } : {}),
      ...(item.native ? exportLinksOf(docs(), item) : {}),
      ...(item.kind === 'shortcut' ? { shortcutDetails: shortcutDetails(account, item) } : {}),
      ...(item.kind === 'file'
        ? {
            size: String(itemSize(item)),
            quotaBytesUsed: String(itemSize(item)),
            headRevisionId: `0B${item.number}r${item.revision}`,
            originalFilename: item.name,
            fullFileExtension: extension ?? '',
            fileExtension: extension ?? '',
            webContentLink: `https://drive.google.com/uc?id=${item.id}&export=download`,
          }
        : {}),
      get md5Checksum() {
        return item.kind === 'file' && item.content ? md5Of(item.content) : Promise.resolve(null)
      },
    } satisfies PresentedFile
  }
}

/** A native document has a size as well. It is not that of any export. */
const nativeSize = (item: Item) => String(1024 + item.number)

function shortcutDetails({ tree, resourceKeys }: Account, { targetId }: Item) {
  const target = tree.get(targetId ?? '')
  const targetResourceKey = resourceKeys.get(targetId ?? '')
  return {
    targetId: targetId ?? '',
    // Of what is gone for good, the shortcut remembers what it was.
    targetMimeType: target ? mimeTypeOf(target) : 'application/octet-stream',
    ...(targetResourceKey === undefined ? {} : { targetResourceKey }),
  }
}

function webViewLink(item: Item, resourceKey: string | undefined): string {
  const key = resourceKey === undefined ? '' : `&resourcekey=${resourceKey}`
  if (item.kind === 'folder') return `https://drive.google.com/drive/folders/${item.id}`
  const kind = item.native === 'drawing' ? 'drawings' : item.native === 'form' ? 'forms' : item.native
  if (kind === null) return `https://drive.google.com/file/d/${item.id}/view?usp=drivesdk${key}`
  return `https://docs.google.com/${kind === 'spreadsheet' ? 'spreadsheets' : kind}/d/${item.id}/edit?usp=drivesdk${key}`
}
