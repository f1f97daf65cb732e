import type { files } from 'dropbox'
import { type Content, sizeOf } from '../drive/content.ts'
import type { Item } from '../drive/tree.ts'
import { teamFolderNamespaceId } from './accounts.ts'
import type { HashOf } from './content-hash.ts'
import { nameOf, pathIn, type View } from './views.ts'

/** What list_folder and get_metadata answer with. */
export type Metadata = files.FileMetadataReference | files.FolderMetadataReference | files.DeletedMetadataReference

/** The formats that a Paper document can be exported to. */
export const paperFormats = ['markdown', 'html'] as const
export const defaultPaperFormat = 'html'

/** Changes with the content. */
export const revOf = (item: Item): string =>
  item.revision.toString(16).padStart(4, '0') + item.number.toString(16).padStart(9, '0')

/** To the second, as Dropbox does. */
const timestamp = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')

const empty: Content = { kind: 'text', text: '' }
export const contentOf = (item: Item): Content => item.content ?? empty

/** What is not mounted in the view has no path. */
function place(view: View, item: Item) {
  const path = pathIn(view, item)
  if (!path) return { name: nameOf(item) }
  return { name: path.slice(path.lastIndexOf('/') + 1), path_lower: path.toLowerCase(), path_display: path }
}

export async function fileMetadata(view: View, item: Item, hash: HashOf) {
  return {
    ...place(view, item),
    id: item.id,
    client_modified: timestamp(item.modifiedAt),
    server_modified: timestamp(item.modifiedAt),
    rev: revOf(item),
    size: sizeOf(contentOf(item)),
    ...(item.space === 'team'
      ? { sharing_info: { read_only: false, parent_shared_folder_id: teamFolderNamespaceId } }
      : {}),
    ...(item.kind === 'native'
      ? {
          is_downloadable: false,
          export_info: { export_as: defaultPaperFormat, export_options: [...paperFormats] },
        }
      : { is_downloadable: true }),
    content_hash: await hash(contentOf(item)),
  } satisfies files.FileMetadata
}

function folderMetadata(view: View, item: Item) {
  const sharing = item.parentId === null ? 'shared_folder_id' : 'parent_shared_folder_id'
  return {
    ...place(view, item),
    id: item.id,
    ...(item.space === 'team'
      ? {
          [sharing]: teamFolderNamespaceId,
          sharing_info: {
            read_only: false,
            [sharing]: teamFolderNamespaceId,
            traverse_only: false,
            no_access: false,
          },
        }
      : {}),
  } satisfies files.FolderMetadata
}

export async function metadata(view: View, item: Item, hash: HashOf): Promise<Metadata> {
  return item.kind === 'folder'
    ? { '.tag': 'folder', ...folderMetadata(view, item) }
    : { '.tag': 'file', ...(await fileMetadata(view, item, hash)) }
}

/** Of what is gone nothing is told but where it was; there is no id. */
export function deletedMetadata(path: string | undefined, name: string, restorable: boolean): Metadata {
  return {
    '.tag': 'deleted',
    name: path === undefined ? name : path.slice(path.lastIndexOf('/') + 1),
    ...(path === undefined ? {} : { path_lower: path.toLowerCase(), path_display: path }),
    ...(restorable ? { is_restorable: true } : {}),
  }
}
