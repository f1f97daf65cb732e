import type { drive_v3 } from '@googleapis/drive'
import type { Shape } from './fields.ts'

/** The fields of the resources, each by the vendor's own name for it: one that the vendor does not know fails to compile. */
type ShapeOf<Resource> = { readonly [Field in keyof Resource]?: Shape }

const user = {
  kind: true,
  displayName: true,
  photoLink: true,
  me: true,
  permissionId: true,
  emailAddress: true,
} satisfies ShapeOf<drive_v3.Schema$User>

const file = {
  kind: true,
  id: true,
  name: true,
  mimeType: true,
  description: true,
  starred: true,
  trashed: true,
  explicitlyTrashed: true,
  trashedTime: true,
  trashingUser: user,
  parents: true,
  properties: true,
  appProperties: true,
  spaces: true,
  version: true,
  webContentLink: true,
  webViewLink: true,
  iconLink: true,
  hasThumbnail: true,
  thumbnailLink: true,
  thumbnailVersion: true,
  viewedByMe: true,
  viewedByMeTime: true,
  createdTime: true,
  modifiedTime: true,
  modifiedByMe: true,
  modifiedByMeTime: true,
  sharedWithMeTime: true,
  sharingUser: user,
  owners: user,
  teamDriveId: true,
  driveId: true,
  lastModifyingUser: user,
  shared: true,
  ownedByMe: true,
  capabilities: {
    canCopy: true,
    canDownload: true,
    canEdit: true,
    canListChildren: true,
    canReadRevisions: true,
    canRename: true,
    canShare: true,
    canTrash: true,
  } satisfies ShapeOf<NonNullable<drive_v3.Schema$File['capabilities']>>,
  viewersCanCopyContent: true,
  copyRequiresWriterPermission: true,
  writersCanShare: true,
  permissions: true,
  permissionIds: true,
  hasAugmentedPermissions: true,
  folderColorRgb: true,
  originalFilename: true,
  fullFileExtension: true,
  fileExtension: true,
  md5Checksum: true,
  sha1Checksum: true,
  sha256Checksum: true,
  size: true,
  quotaBytesUsed: true,
  headRevisionId: true,
  contentHints: true,
  imageMediaMetadata: true,
  videoMediaMetadata: true,
  isAppAuthorized: true,
  exportLinks: true,
  shortcutDetails: { targetId: true, targetMimeType: true, targetResourceKey: true } satisfies ShapeOf<
    NonNullable<drive_v3.Schema$File['shortcutDetails']>
  >,
  contentRestrictions: true,
  labelInfo: true,
  linkShareMetadata: true,
  resourceKey: true,
} satisfies ShapeOf<drive_v3.Schema$File>

const drive = {
  kind: true,
  id: true,
  name: true,
  colorRgb: true,
  createdTime: true,
  hidden: true,
  capabilities: true,
  restrictions: true,
  themeId: true,
  backgroundImageLink: true,
  orgUnitId: true,
} satisfies ShapeOf<drive_v3.Schema$Drive>

const change = {
  kind: true,
  type: true,
  changeType: true,
  time: true,
  removed: true,
  fileId: true,
  file,
  driveId: true,
  teamDriveId: true,
  drive,
} satisfies ShapeOf<drive_v3.Schema$Change>

export const shapes = {
  file,
  fileList: { kind: true, incompleteSearch: true, nextPageToken: true, files: file } satisfies ShapeOf<
    Required<drive_v3.Schema$FileList>
  >,
  drive,
  driveList: { kind: true, nextPageToken: true, drives: drive } satisfies ShapeOf<drive_v3.Schema$DriveList>,
  changeList: {
    kind: true,
    nextPageToken: true,
    newStartPageToken: true,
    changes: change,
  } satisfies ShapeOf<drive_v3.Schema$ChangeList>,
  startPageToken: { kind: true, startPageToken: true } satisfies ShapeOf<drive_v3.Schema$StartPageToken>,
  about: {
    kind: true,
    user,
    storageQuota: true,
    importFormats: true,
    exportFormats: true,
    maxUploadSize: true,
    canCreateDrives: true,
  } satisfies ShapeOf<drive_v3.Schema$About>,
}

/** What comes without a `fields` parameter: little. */
export const usualFields = {
  file: 'kind,id,name,mimeType,resourceKey',
  fileList: 'kind,incompleteSearch,nextPageToken,files(kind,id,name,mimeType,resourceKey)',
  drive: 'kind,id,name',
  driveList: 'kind,nextPageToken,drives(kind,id,name)',
  changeList:
    'kind,nextPageToken,newStartPageToken,changes(kind,type,changeType,time,removed,fileId,driveId,file(kind,id,name,mimeType),drive(kind,id,name))',
  startPageToken: 'kind,startPageToken',
}
