import type { Item } from '../drive/tree.ts'
import { numberOfId } from './accounts.ts'
import { routeError } from './errors.ts'
import { revOf } from './metadata.ts'
import type { DropboxSettings } from './settings.ts'
import { isLive, itemAt, pathIn, topOf, type View, viewOf } from './views.ts'

/**
 * What a path argument leads to: `''`, `/a/b`, `id:…`, `rev:…`, `ns:123/a`. `null` is the root of a team space.
 * https://www.dropbox.com/developers/documentation/http/documentation#path-formats
 *
 * @throws DropboxError 409 `path/not_found`, `path/malformed_path`
 */
export function resolve(view: View, path: string, settings: DropboxSettings): Item | null {
  const { tree } = view.account
  const found = (item: Item | undefined): Item => {
    if (!item || !isLive(view, item)) throw routeError('path', 'not_found')
    return item
  }
  const [, namespaceId, below = ''] = /^ns:([0-9]+)(.*)$/s.exec(path) ?? []
  if (namespaceId !== undefined) {
    const other = viewOf(view.account, namespaceId, settings)
    if (!other) throw routeError('path', 'not_found')
    return resolve(other, below, settings)
  }
  if (path === '') return topOf(view) ?? null
  if (path.startsWith('id:') || path.startsWith('rev:')) {
    const item = path.startsWith('id:') ? tree.get(path) : byRev(view, path.slice('rev:'.length))
    // Only what the path root shows.
    return found(item && pathIn(view, item) ? item : undefined)
  }
  if (path.endsWith('/') || path.includes('//')) throw routeError('path', 'malformed_path')
  return found(itemAt(view, path))
}

/** By its current revision; earlier ones are not kept. */
function byRev(view: View, rev: string): Item | undefined {
  const { tree } = view.account
  return view.mounts
    .flatMap(({ space }) => tree.all(space))
    .find(
      (item) =>
        item.kind !== 'folder' && numberOfId(item.id) === Number.parseInt(rev.slice(-9), 16) && revOf(item) === rev,
    )
}
