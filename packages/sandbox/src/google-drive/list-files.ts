import type { drive_v3 } from '@googleapis/drive'
import type { Item, SpaceId } from '../drive/tree.ts'
import { type Account, everyItem, isTrashed } from './accounts.ts'
import { type Drives, isVisible } from './drives.ts'
import { DriveError, invalidValue } from './errors.ts'
import { type FileQuery, parseQuery } from './query.ts'

export type ListParams = { readonly [Name in keyof drive_v3.Params$Resource$Files$List]?: string }

/** The items that `files.list` finds, in order: https://developers.google.com/workspace/drive/api/reference/rest/v3/files/list */
export function findFiles(account: Account, drives: Drives, params: ListParams): Item[] {
  const scope = scopeOf(account, drives, params)
  const query = parseQuery(params.q)
  const found = query.parents.length > 0 ? childrenOf(account, drives, query, scope) : everythingIn(account, scope)
  const shared = account.tree.root('shared_with_me')?.id
  const matching = found.filter(
    (item) =>
      (query.trashed === undefined || isTrashed(account.tree, item) === query.trashed) &&
      (query.sharedWithMe === undefined || (item.parentId === shared) === query.sharedWithMe),
  )
  return sorted(matching, params.orderBy)
}

/** Which spaces are looked into, and whether the items of shared drives are among what may be found there. */
interface Scope {
  readonly spaces: readonly SpaceId[]
  readonly includesDrives: boolean
}

function scopeOf(account: Account, drives: Drives, params: ListParams): Scope {
  const { corpora = 'user', driveId } = params
  const includes = params.includeItemsFromAllDrives === 'true'
  if (includes && params.supportsAllDrives !== 'true')
    throw new DriveError(403, 'supportsTeamDrivesRequired', 'The supportsAllDrives parameter must be set to true.')
  if ((driveId !== undefined || corpora === 'drive' || corpora === 'allDrives') && !includes)
    throw new DriveError(
      403,
      'includeTeamDriveItemsRequired',
      'The includeItemsFromAllDrives parameter must be set to true when driveId is specified or corpora contains drive or allDrives.',
    )
  if ((corpora === 'drive') !== (driveId !== undefined))
    throw invalidValue(driveId === undefined ? 'driveId' : 'corpora')
  if (corpora === 'drive') {
    drives.must(account, driveId ?? '')
    return { spaces: ['team'], includesDrives: true }
  }
  if (corpora === 'user') return { spaces: ['own', 'shared_with_me'], includesDrives: includes }
  if (corpora !== 'allDrives') throw invalidValue('corpora')
  const team: readonly SpaceId[] = drives.of(account).length > 0 ? ['team'] : []
  return { spaces: ['own', 'shared_with_me', ...team], includesDrives: true }
}

function everythingIn({ tree }: Account, { spaces }: Scope): Item[] {
  return spaces.flatMap((space) => everyItem(tree, space))
}

/** An item has one parent, so several different ones have nothing in common. */
function childrenOf(
  account: Account,
  drives: Drives,
  { parents }: FileQuery,
  { spaces, includesDrives }: Scope,
): Item[] {
  const { tree } = account
  const folders = parents.map((id) => {
    const folder = id === 'root' ? tree.root('own') : tree.get(id)
    if (!folder || !isVisible(account, drives, folder))
      throw new DriveError(404, 'notFound', 'File not found: .', { location: 'fileId' })
    return folder
  })
  const [folder] = folders
  if (!folder || folders.some(({ id }) => id !== folder.id) || folder.kind !== 'folder') return []
  // Without the flags the items of a shared drive are as good as not there.
  if (folder.space === 'team' ? !includesDrives : !spaces.includes(folder.space)) return []
  return [...tree.children(folder.id), ...tree.trashedFrom(folder.id)]
}

const natural = new Intl.Collator('en', { numeric: true })
const alphabetical = new Intl.Collator('en')

const sortKeys: Readonly<Record<string, (a: Item, b: Item) => number>> = {
  folder: (a, b) => Number(b.kind === 'folder') - Number(a.kind === 'folder'),
  name: (a, b) => alphabetical.compare(a.name, b.name),
  name_natural: (a, b) => natural.compare(a.name, b.name),
  createdTime: (a, b) => a.createdAt - b.createdAt,
  modifiedTime: (a, b) => a.modifiedAt - b.modifiedAt,
  recency: (a, b) => a.modifiedAt - b.modifiedAt,
}

function sorted(items: readonly Item[], orderBy: string | undefined): Item[] {
  const keys = (orderBy ?? '').split(',').filter((key) => key !== '')
  const comparisons = keys.map((key) => {
    const [, name = '', descending] = /^\s*(\w+)(\s+desc)?\s*$/.exec(key) ?? []
    const compare = Object.hasOwn(sortKeys, name) ? sortKeys[name] : undefined
    if (!compare) throw invalidValue('orderBy')
    return descending ? (a: Item, b: Item) => compare(b, a) : compare
  })
  return [...items].sort((a, b) => comparisons.reduce((order, compare) => order || compare(a, b), 0))
}
