import type { files } from 'dropbox'
import type { Item } from '../drive/tree.ts'
import { below, changesAfter, type Scope, shows } from './changes.ts'
import { type Cursor, writeCursor } from './cursors.ts'
import { deletedMetadata, type Metadata, metadata } from './metadata.ts'
import { nameOf, pathIn } from './views.ts'

/** What `limit` is when it is left out. */
const usualLimit = 500
/** Everything of the change before. */
const whole = Number.MAX_SAFE_INTEGER

export const toldUntilNow = ({ view }: Scope): Cursor['told'] => [view.account.tree.sequence(), whole]

/**
 * One page: what is there, in the order of its making, and after that what changed since the listing began.
 * @param pageSize what the server gives at most
 */
export async function onePage(scope: Scope, cursor: Cursor, pageSize: number) {
  const most = Math.min(cursor.arg.limit ?? usualLimit, pageSize)
  const entries: Metadata[] = []
  let { listed, told } = cursor
  if (listed !== null) {
    const left = itemsOf(scope).filter(({ item }) => item.number > listed!)
    for (const { item, gone } of left.slice(0, most)) entries.push(await entryOf(scope, item, gone))
    listed = left.length > most ? left[most - 1]!.item.number : null
  }
  let more = listed !== null
  if (listed === null) {
    // What changes while this is being told comes after it.
    const now = toldUntilNow(scope)
    for await (const change of changesAfter(scope, told)) {
      more = entries.length >= most
      if (more) break
      entries.push(change.entry)
      told = change.at
    }
    if (!more) told = now
  }
  return {
    entries,
    cursor: writeCursor({ ...cursor, listed, told }),
    has_more: more,
  } satisfies files.ListFolderResult
}

async function entryOf({ view, arg, hash }: Scope, item: Item, gone: boolean): Promise<Metadata> {
  if (gone) return deletedMetadata(pathIn(view, item), nameOf(item), arg.include_restorable_info)
  const entry = await metadata(view, item, hash)
  return arg.include_has_explicit_shared_members && entry['.tag'] === 'file'
    ? { ...entry, has_explicit_shared_members: false }
    : entry
}

interface Listed {
  readonly item: Item
  readonly gone: boolean
}

function itemsOf(scope: Scope): Listed[] {
  const { view, folder, arg } = scope
  const { tree } = view.account
  const mounted = view.mounts.flatMap(({ space }) => tree.root(space) ?? []).filter((root) => shows(arg, root))
  const found: Listed[] = folder === null ? mounted.map((item) => ({ item, gone: false })) : []
  const folders = folder !== null ? [folder] : arg.recursive ? mounted : []
  for (const each of folders) {
    const live = arg.recursive ? below(view, each) : tree.children(each.id)
    found.push(...live.map((item) => ({ item, gone: false })))
    if (!arg.include_deleted) continue
    const inside = arg.recursive ? live.filter(({ kind }) => kind === 'folder') : []
    for (const one of [each, ...inside]) found.push(...goneFrom(scope, one))
  }
  return found.filter(({ item }) => shows(arg, item)).sort((one, other) => one.item.number - other.item.number)
}

/** What was put into the bin out of a folder, and where nothing else stands now. */
function goneFrom({ view, arg }: Scope, folder: Item): Listed[] {
  const { tree } = view.account
  const taken = new Set(tree.children(folder.id).map((item) => nameOf(item).toLowerCase()))
  return tree
    .trashedFrom(folder.id)
    .filter((item) => !taken.has(nameOf(item).toLowerCase()))
    .flatMap((item) => [item, ...(arg.recursive && item.kind === 'folder' ? below(view, item) : [])])
    .map((item) => ({ item, gone: true }))
}
