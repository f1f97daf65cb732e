import type { Item } from '../drive/tree.ts'
import type { Account } from './accounts.ts'
import { invalidRequest } from './graph-errors.ts'
import type { ListQuery } from './query.ts'
import type { Seals } from './seals.ts'

/** Which listing a token of a page belongs to, and where it goes on. */
interface Place {
  readonly folder: string
  readonly bound: string
  readonly epoch: number
  /** The name and the id of the last item that was given: what comes and goes in between moves nothing. */
  readonly after: readonly [string, string]
}

/** One page of a folder, by name. A file has no children, and no error either. */
export function childrenPage(
  account: Account,
  folder: Item,
  query: ListQuery,
  { seals, epoch }: { readonly seals: Seals; readonly epoch: number },
): { readonly items: readonly Item[]; readonly next: string | undefined } {
  const place = query.token === undefined ? undefined : (seals.open(query.token) as Place | undefined)
  const isOwn = place?.folder === folder.id && place.bound === query.bound && place.epoch === epoch
  if (query.token !== undefined && !isOwn) throw invalidRequest('The $skiptoken is invalid or has expired.')
  const key = (item: Item): readonly [string, string] => [item.name.toLowerCase(), item.id]
  const order = (a: readonly [string, string], b: readonly [string, string]) =>
    (compare(a[0], b[0]) || compare(a[1], b[1])) * (query.descending ? -1 : 1)
  const items = account.tree
    .children(folder.id)
    .filter((item) => place === undefined || order(key(item), place.after) > 0)
    .sort((a, b) => order(key(a), key(b)))
  const page = items.slice(0, query.top)
  const last = page.at(-1)
  const next =
    last && items.length > page.length
      ? ({ folder: folder.id, bound: query.bound, epoch, after: key(last) } satisfies Place)
      : undefined
  return { items: page, next: next && seals.seal(next) }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
