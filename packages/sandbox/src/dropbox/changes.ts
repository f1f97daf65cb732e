import type { Change, Item } from '../drive/tree.ts'
import type { HashOf } from './content-hash.ts'
import type { Cursor } from './cursors.ts'
import { deletedMetadata, type Metadata, metadata } from './metadata.ts'
import { formerPathIn, isLive, nameOf, pathIn, type View } from './views.ts'

export interface Told {
  readonly at: Cursor['told']
  readonly entry: Metadata
}

/** What a listing covers. */
export interface Scope {
  readonly view: View
  readonly folder: Item | null
  readonly arg: Cursor['arg']
  readonly hash: HashOf
}

/**
 * What changed after `told`, in the order of the changes, each item once and as it is now; where it was before is told as deleted,
 * without an id. A folder that moved brings all that is in it.
 * https://www.dropbox.com/developers/documentation/http/documentation#files-list_folder-continue
 */
export async function* changesAfter(scope: Scope, told: Cursor['told']): AsyncGenerator<Told> {
  const { tree } = scope.view.account
  const [sequence, key] = told
  const changes = tree.changesSince(sequence - 1).filter((change) => !isOnlyCasing(scope, change))
  const last = new Map(changes.map((change) => [change.itemId, change.sequence]))
  for (const change of changes) {
    for await (const [at, entry] of expand(scope, change, last.get(change.itemId) === change.sequence))
      if (change.sequence > sequence || at > key) yield { at: [change.sequence, at], entry }
  }
}

/** The entries of one change, each with a number that orders them. */
async function* expand(scope: Scope, change: Change, isLast: boolean): AsyncGenerator<[number, Metadata]> {
  const { view, arg, hash } = scope
  const restorable = arg.include_restorable_info
  const former = change.formerPath === null ? undefined : formerPathIn(view, change.item, change.formerPath)
  const path = pathIn(view, change.item)
  const isGone = change.kind === 'removed'
  const moved = former !== undefined && former.toLowerCase() !== path?.toLowerCase()
  if (isGone ? covers(scope, change.item) : moved && coversPath(scope, former))
    yield [0, deletedMetadata(former, nameOf(change.item), restorable)]
  const item = view.account.tree.get(change.itemId)
  if (isGone || !isLast || !item || !isLive(view, item)) return
  if (covers(scope, item) && shows(arg, item)) yield [1, await metadata(view, item, hash)]
  if (moved && item.kind === 'folder' && arg.recursive)
    for (const each of below(view, item))
      if (covers(scope, each) && shows(arg, each)) yield [2 + each.number, await metadata(view, each, hash)]
}

/** "Changes to only the casing of paths won't be returned." */
function isOnlyCasing({ view }: Scope, change: Change): boolean {
  if (change.formerPath === null || change.kind === 'removed') return false
  const former = formerPathIn(view, change.item, change.formerPath)
  const path = pathIn(view, change.item)
  return former !== path && former?.toLowerCase() === path?.toLowerCase()
}

/** Whether the listing of a folder, or of all below it, has this item. */
export function covers({ view, folder, arg }: Scope, item: Item): boolean {
  const { tree } = view.account
  if (folder === null) {
    if (!view.mounts.some(({ space }) => space === item.space)) return false
    return arg.recursive ? arg.include_mounted_folders || item.space === 'own' : item.parentId === null
  }
  if (!arg.recursive) return item.parentId === folder.id
  for (let at = tree.get(item.parentId ?? ''); at; at = tree.get(at.parentId ?? ''))
    if (at.id === folder.id) return true
  return false
}

/** The same for a path where nothing is any more. */
function coversPath({ view, folder, arg }: Scope, path: string): boolean {
  const top = folder === null ? '' : pathIn(view, folder)?.toLowerCase()
  const lower = path.toLowerCase()
  if (top === undefined || !lower.startsWith(`${top}/`)) return false
  return arg.recursive || !lower.slice(top.length + 1).includes('/')
}

export function shows(arg: Cursor['arg'], item: Item): boolean {
  if (item.kind === 'native') return arg.include_non_downloadable_files
  return arg.include_mounted_folders || !(item.space === 'team' && item.parentId === null)
}

/** All that is in a folder, by number, which is the order of their making. */
export function below(view: View, folder: Item): Item[] {
  const { tree } = view.account
  const found: Item[] = []
  const walk = (id: string) => {
    for (const item of tree.children(id)) {
      found.push(item)
      if (item.kind === 'folder') walk(item.id)
    }
  }
  walk(folder.id)
  return found.sort((one, other) => one.number - other.number)
}
