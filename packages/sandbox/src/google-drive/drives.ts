import type { Item } from '../drive/tree.ts'
import type { Account } from './accounts.ts'
import { DriveError } from './errors.ts'
import type { GoogleDriveSettings } from './settings.ts'

/** The shared drives that an account is a member of. A drive's id is that of its root folder. */
export interface Drives {
  of(account: Account): readonly Item[]
  /** @throws DriveError */
  must(account: Account, driveId: string): Item
}

export function createDrives(settings: () => GoogleDriveSettings): Drives {
  const of = (account: Account) => {
    const root = account.tree.root('team')
    return root && settings().sharedDrive ? [root] : []
  }
  return {
    of,
    must(account, driveId) {
      const drive = of(account).find(({ id }) => id === driveId)
      if (!drive) throw new DriveError(404, 'notFound', `Shared drive not found: ${driveId}`, { location: 'driveId' })
      return drive
    },
  }
}

/** Whether an account may know of an item at all: what is shared with it hangs below a folder that is not. */
export function isVisible(account: Account, drives: Drives, item: Item): boolean {
  if (item.space === 'team') return drives.of(account).length > 0
  return item.space === 'own' || item.parentId !== null
}
