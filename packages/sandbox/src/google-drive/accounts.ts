import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { plantSample, type SampleAccount, sampleAccounts } from '../drive/sample.ts'
import { createTree, type Item, type SpaceId, type Tree } from '../drive/tree.ts'

/** A Google account with its files. */
export interface Account {
  readonly person: SampleAccount
  /** `permissionId` of the API: the same whatever client asks. */
  readonly id: string
  readonly tree: Tree
  /** Item id -> the key without which it is not found. */
  readonly resourceKeys: ReadonlyMap<string, string>
}

const permissionIds = { ada: '06042817390518266401', bo: '11905563820477130958' } as const

export const sharedDriveName = 'Bakery team'

export function createAccounts(clock: Clock): readonly Account[] {
  return sampleAccounts.map((person) => {
    const digest = (of: string) => createHash('sha256').update(`google-drive/${person.key}/${of}`).digest('base64url')
    const tree = createTree({ idOf: (number) => `1${digest(String(number)).slice(0, 32)}`, now: () => clock.now() })
    plantSample(tree, person, {
      natives: ['document', 'spreadsheet', 'presentation', 'drawing', 'form'],
      shortcuts: true,
      team: sharedDriveName,
      sharedWithMe: true,
      sameNames: true,
      oddities: ['not_downloadable', 'malware', 'export_too_large'],
    })
    const resourceKeys = new Map<string, string>()
    // Shared by a link that was hardened: https://developers.google.com/workspace/drive/api/guides/resource-keys
    const hardened = tree.lookup('shared_with_me', '/Supplier terms.txt')
    const own = tree.root('own')
    if (hardened && own) {
      resourceKeys.set(hardened.id, `0-${digest('key').slice(0, 22)}`)
      const at = hardened.createdAt
      tree.add(own.id, { name: 'Shortcut to Supplier terms', kind: 'shortcut', targetId: hardened.id, at })
      tree.forgetChanges()
    }
    return { person, id: permissionIds[person.key], tree, resourceKeys }
  })
}

/** In the bin itself, or inside a folder that is. */
export function isTrashed(tree: Tree, item: Item): boolean {
  for (let at: Item | undefined = item; at; at = at.parentId === null ? undefined : tree.get(at.parentId))
    if (at.trashed) return true
  return false
}

/** Everything in a space, what is in the bin included, the root left out. */
export function everyItem(tree: Tree, space: SpaceId): Item[] {
  const found: Item[] = []
  const walk = (folderId: string) => {
    for (const item of [...tree.children(folderId), ...tree.trashedFrom(folderId)]) {
      found.push(item)
      if (item.kind === 'folder') walk(item.id)
    }
  }
  const root = tree.root(space)
  if (root) walk(root.id)
  return found
}
