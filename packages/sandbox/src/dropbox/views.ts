import type { Item, SpaceId } from '../drive/tree.ts'
import { type Account, rootInfo, teamFolderName, teamFolderNamespaceId } from './accounts.ts'
import type { DropboxSettings } from './settings.ts'

/**
 * What paths are relative to. A namespace is a folder that can be a root; the root of a team space holds the team's folders
 * and the member's home. https://www.dropbox.com/developers/reference/namespace-guide
 */
export interface View {
  readonly account: Account
  readonly namespaceId: string
  /** Where a space of the account's files begins; the empty path is the root itself. */
  readonly mounts: readonly { readonly path: string; readonly space: SpaceId }[]
}

/** `undefined` when the account has no access to this namespace. */
export function viewOf(account: Account, namespaceId: string, settings: DropboxSettings): View | undefined {
  const info = rootInfo(account, settings)
  const view = (...mounts: View['mounts']) => ({ account, namespaceId, mounts })
  if (namespaceId === info.home_namespace_id) return view({ path: '', space: 'own' })
  if (info['.tag'] !== 'team') return undefined
  if (namespaceId === teamFolderNamespaceId) return view({ path: '', space: 'team' })
  if (namespaceId !== info.root_namespace_id) return undefined
  return view({ path: `/${teamFolderName}`, space: 'team' }, { path: info.home_path, space: 'own' })
}

/** A Paper document is a file with this ending. */
const suffixOf = (item: Item): string => (item.kind === 'native' ? '.paper' : '')

export const nameOf = (item: Item): string => item.name + suffixOf(item)

/** `undefined` when it is not mounted in this view; empty for the root itself. */
export function pathIn(view: View, item: Item): string | undefined {
  const mount = view.mounts.find(({ space }) => space === item.space)
  return mount && mount.path + view.account.tree.pathOf(item) + suffixOf(item)
}

/** The same for the path that an item had before a change. */
export function formerPathIn(view: View, item: Item, path: string): string | undefined {
  const mount = view.mounts.find(({ space }) => space === item.space)
  return mount && mount.path + path + suffixOf(item)
}

/** Not in the bin, nor inside a folder that is. */
export function isLive(view: View, item: Item): boolean {
  for (let at: Item | undefined = item; at; at = view.account.tree.get(at.parentId ?? '')) if (at.trashed) return false
  return true
}

/** The folder whose children are the view's; undefined for the root of a team space, which holds the mounts. */
export function topOf(view: View): Item | undefined {
  const [mount] = view.mounts
  return mount?.path === '' ? view.account.tree.root(mount.space) : undefined
}

/** By its path, letters compared without case. @param path not empty */
export function itemAt(view: View, path: string): Item | undefined {
  const { tree } = view.account
  const lower = path.toLowerCase()
  for (const mount of view.mounts) {
    const prefix = mount.path.toLowerCase()
    if (lower !== prefix && !lower.startsWith(`${prefix}/`)) continue
    let at = tree.root(mount.space)
    for (const name of lower.slice(prefix.length).split('/').filter(Boolean))
      at = at && tree.children(at.id).find((child) => nameOf(child).toLowerCase() === name)
    return at
  }
  return undefined
}
