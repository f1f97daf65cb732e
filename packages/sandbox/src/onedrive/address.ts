import type { Item } from '../drive/tree.ts'
import { type Account, type AccountDrive, isGone } from './accounts.ts'
import { GraphError, invalidRequest, itemNotFound } from './graph-errors.ts'

export type Action = 'children' | 'content' | 'delta'

/** What the path of a call names. https://learn.microsoft.com/graph/onedrive-addressing-driveitems */
export type Address =
  | { readonly kind: 'me' }
  | { readonly kind: 'photo' }
  | { readonly kind: 'drives' }
  | { readonly kind: 'drive'; readonly driveId: string | null }
  | {
      readonly kind: 'item'
      /** `null`: the default drive. */
      readonly driveId: string | null
      readonly item: { readonly id: string } | { readonly path: string }
      readonly action: Action | null
    }

/** Undefined for what the API does not have. @throws GraphError for percent signs that stand for nothing */
export function readAddress(path: string): Address | undefined {
  if (path === '/me') return { kind: 'me' }
  if (path === '/me/photo/$value') return { kind: 'photo' }
  if (path === '/me/drives') return { kind: 'drives' }
  const [, drive, rest = ''] = /^(\/me\/drive|\/drives\/[^/]+)(\/.*)?$/.exec(path) ?? []
  if (drive === undefined) return undefined
  const driveId = drive === '/me/drive' ? null : decoded(drive.slice('/drives/'.length))
  if (rest === '') return { kind: 'drive', driveId }
  const byId = /^\/(?:(root)|items\/([^/:]+))(?:\/(children|content|delta))?$/.exec(rest)
  if (byId)
    return {
      kind: 'item',
      driveId,
      item: { id: byId[1] ?? decoded(byId[2]!) },
      action: (byId[3] as Action | undefined) ?? null,
    }
  const byPath = /^\/root:(\/[^:]*?)(?::|:\/(children|content|delta))?$/.exec(rest)
  if (!byPath) return undefined
  return {
    kind: 'item',
    driveId,
    item: { path: decoded(byPath[1]!) },
    action: (byPath[2] as Action | undefined) ?? null,
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw invalidRequest('The path of the request is malformed.')
  }
}

/** @throws GraphError 404 for a drive that the account does not see */
export function findDrive(account: Account, driveId: string | null): AccountDrive {
  const drive = driveId === null ? account.drives[0] : account.drives.find(({ id }) => sameId(id, driveId))
  if (!drive) throw itemNotFound()
  return drive
}

/** @throws GraphError 404 for what is not there, or is in the bin */
export function findItem(account: Account, drive: AccountDrive, named: { id: string } | { path: string }): Item {
  const { tree } = account
  const item =
    'path' in named
      ? tree.lookup(drive.space, named.path)
      : named.id === 'root'
        ? tree.root(drive.space)
        : tree.get(account.kind === 'personal' ? named.id.toUpperCase() : named.id)
  if (!item || item.space !== drive.space || isGone(account, item)) throw itemNotFound()
  return item
}

/** Ids of personal drives come in both cases. */
const sameId = (one: string, other: string): boolean =>
  one.startsWith('b!') ? one === other : one.toLowerCase() === other.toLowerCase()

/** What an account without a OneDrive is told, which each system does its own way. */
export const noDrive = (kind: Account['kind']): GraphError =>
  kind === 'work'
    ? new GraphError(400, 'BadRequest', 'Tenant does not have a SPO license.')
    : new GraphError(404, 'itemNotFound', "The resource could not be found: the user's mysite was not provisioned.")
