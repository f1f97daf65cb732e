import { DataSourceError } from '@wellhead/datasource-node'

/** An item in the account's own drive, or in another one. https://learn.microsoft.com/graph/onedrive-addressing-driveitems */
export interface ItemRef {
  /** `null`: the account's own drive. */
  readonly driveId: string | null
  readonly itemId: string
}

/** What ids of drives and items are made of: letters and digits, and `!`, `-`, `_`, `.`, `~` behind the first. */
const idForm = /^[A-Za-z0-9][\w!.~-]{0,254}$/

export const isId = (text: string): boolean => idForm.test(text)

/** Ids come from answers and from callers too: one that is none must not change the path of a request. @throws DataSourceError `invalid_request` */
export function parseId(id: string): ItemRef {
  const [first = '', second, ...more] = id.split('/')
  if (more.length > 0 || !isId(first) || (second !== undefined && !isId(second)))
    throw new DataSourceError('invalid_request', 'This is not an id of OneDrive.')
  return second === undefined ? { driveId: null, itemId: first } : { driveId: first, itemId: second }
}

/** Own items are known by their id alone; those of other drives by both, so that they can be opened without asking where they are. */
export const idOf = (driveId: string | null, itemId: string): string =>
  driveId === null ? itemId : `${driveId}/${itemId}`

export function pathOf({ driveId, itemId }: ItemRef): string {
  const drive = driveId === null ? '/me/drive' : `/drives/${encodeURIComponent(driveId)}`
  return `${drive}/items/${encodeURIComponent(itemId)}`
}
