import { type Content, sizeOf } from './content.ts'

/**
 * The files of one account, whatever provider shows them. Words:
 *
 * - A **space** is a top of its own: the account's own files, a drive that a team shares, what others have shared.
 * - A **native** document has no bytes; it can be exported, or not.
 * - The **change log** numbers every change; a provider's delta starts at a number.
 */
export type SpaceId = 'own' | 'team' | 'shared_with_me'

export type NativeType = 'document' | 'spreadsheet' | 'presentation' | 'drawing' | 'form'

export type Oddity =
  /** The owner forbids downloads. */
  | 'not_downloadable'
  /** The provider found malware in it. */
  | 'malware'
  /** The export is larger than the provider exports. */
  | 'export_too_large'

export interface Item {
  readonly id: string
  /** The number that `id` was made of; never given twice. */
  readonly number: number
  readonly space: SpaceId
  /** `null` for the root of a space. */
  readonly parentId: string | null
  readonly name: string
  readonly kind: 'folder' | 'file' | 'native' | 'shortcut'
  readonly mimeType: string
  /** Of a file; of a native document: what an export gives as text. */
  readonly content: Content | null
  readonly native: NativeType | null
  /** Of a shortcut. */
  readonly targetId: string | null
  readonly oddity: Oddity | null
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly modifiedAt: number
  /** Counts the contents that this item has had. */
  readonly revision: number
  /** In the bin: listed nowhere, but remembered. */
  readonly trashed: boolean
}

export interface Change {
  readonly sequence: number
  readonly itemId: string
  readonly kind: 'changed' | 'removed'
  /** As it was right after the change; of a removal, right before. */
  readonly item: Item
  /** The path before it was removed, moved or renamed; `null` when it had none. */
  readonly formerPath: string | null
}

export interface NewItem {
  readonly name: string
  readonly kind: Item['kind']
  readonly mimeType?: string
  readonly content?: Content
  readonly native?: NativeType
  readonly targetId?: string
  readonly oddity?: Oddity
  readonly at?: number
}

export type Tree = ReturnType<typeof createTree>

/** @param idOf makes an id of the provider's form out of a number that was never used before */
export function createTree(options: { idOf(number: number): string; now(): number }) {
  const items = new Map<string, Item>()
  const below = new Map<string, Set<string>>()
  const roots = new Map<SpaceId, string>()
  let changes: Change[] = []
  let numbers = 0
  let sequence = 0

  const must = (id: string): Item => {
    const item = items.get(id)
    if (!item) throw new RangeError(`There is no item ${id}`)
    return item
  }

  function put(item: Item): void {
    const former = items.get(item.id)
    if (former?.parentId) below.get(former.parentId)?.delete(item.id)
    items.set(item.id, item)
    if (item.kind === 'folder' && !below.has(item.id)) below.set(item.id, new Set())
    if (item.parentId !== null) below.get(item.parentId)?.add(item.id)
  }

  function log(kind: Change['kind'], item: Item, formerPath: string | null): void {
    changes.push({ sequence: ++sequence, itemId: item.id, kind, item, formerPath })
  }

  /** From the root of its space, with slashes, `''` for the root itself. */
  function pathOf(item: Item): string {
    const names: string[] = []
    for (let at: Item | undefined = item; at && at.parentId !== null; at = items.get(at.parentId)) names.push(at.name)
    return names.reverse().reduce((path, name) => `${path}/${name}`, '')
  }

  function children(folderId: string): Item[] {
    return [...(below.get(folderId) ?? [])].map(must).filter((item) => !item.trashed)
  }

  function make(space: SpaceId, parentId: string | null, given: NewItem): Item {
    const number = ++numbers
    const at = given.at ?? options.now()
    return {
      id: options.idOf(number),
      number,
      space,
      parentId,
      name: given.name,
      kind: given.kind,
      mimeType: given.mimeType ?? (given.kind === 'file' ? 'application/octet-stream' : ''),
      content: given.content ?? null,
      native: given.native ?? null,
      targetId: given.targetId ?? null,
      oddity: given.oddity ?? null,
      createdAt: at,
      modifiedAt: at,
      revision: 1,
      trashed: false,
    }
  }

  return {
    get: (id: string): Item | undefined => items.get(id),
    children,
    /** What was put into the bin out of this folder. What lies inside such a folder is there with it. */
    trashedFrom: (folderId: string): Item[] =>
      [...(below.get(folderId) ?? [])].map(must).filter((item) => item.trashed),
    pathOf,
    /** Every item that is not in the bin nor inside a folder that is, roots left out. */
    all: (space: SpaceId): Item[] => {
      const found: Item[] = []
      const walk = (id: string) => {
        for (const item of children(id)) {
          found.push(item)
          if (item.kind === 'folder') walk(item.id)
        }
      }
      const root = roots.get(space)
      if (root !== undefined) walk(root)
      return found
    },
    root(space: SpaceId): Item | undefined {
      const id = roots.get(space)
      return id === undefined ? undefined : items.get(id)
    },
    addSpace(space: SpaceId, name: string): Item {
      const root = make(space, null, { name, kind: 'folder' })
      roots.set(space, root.id)
      put(root)
      return root
    },
    /** By its path from the root of a space, letters compared without case, as these drives do. */
    lookup(space: SpaceId, path: string): Item | undefined {
      let at = roots.get(space) === undefined ? undefined : items.get(roots.get(space)!)
      for (const name of path.split('/').filter(Boolean))
        at = at && children(at.id).find((child) => child.name.toLowerCase() === name.toLowerCase())
      return at
    },
    add(parentId: string, given: NewItem): Item {
      const item = make(must(parentId).space, parentId, given)
      put(item)
      log('changed', item, null)
      return item
    },
    write(id: string, content: Content): Item {
      const former = must(id)
      const item = { ...former, content, revision: former.revision + 1, modifiedAt: options.now() }
      put(item)
      log('changed', item, pathOf(former))
      return item
    },
    /** A new name, a new parent, or both. */
    move(id: string, to: { readonly name?: string; readonly parentId?: string }): Item {
      const former = must(id)
      const formerPath = pathOf(former)
      const item = { ...former, ...to, modifiedAt: options.now() }
      put(item)
      log('changed', item, formerPath)
      return item
    },
    /** Into the bin, with what lies inside a folder. */
    trash(id: string): void {
      const former = must(id)
      const formerPath = pathOf(former)
      put({ ...former, trashed: true })
      log('removed', { ...former, trashed: true }, formerPath)
    },
    /** For good, with what lies inside a folder: not even the bin has it. */
    remove(id: string): void {
      const former = must(id)
      const formerPath = pathOf(former)
      const forget = (item: Item) => {
        for (const inside of below.get(item.id) ?? []) forget(must(inside))
        below.delete(item.id)
        items.delete(item.id)
      }
      if (former.parentId !== null) below.get(former.parentId)?.delete(id)
      forget(former)
      log('removed', { ...former, trashed: true }, formerPath)
    },
    /** The number of the newest change. */
    sequence: (): number => sequence,
    /** Later than `after`, oldest first. */
    changesSince: (after: number): readonly Change[] => changes.filter((change) => change.sequence > after),
    /** As if it had all been there before anybody looked. */
    forgetChanges(): void {
      changes = []
    },
    /** Many empty-ish files at once, in folders of `perFolder`, without a log entry each. */
    fill(parentId: string, count: number, perFolder: number): void {
      const { space } = must(parentId)
      const at = options.now()
      for (let made = 0; made < count; ) {
        const folder = make(space, parentId, {
          name: `Batch ${String(made / perFolder + 1).padStart(4, '0')}`,
          kind: 'folder',
          at,
        })
        put(folder)
        for (let within = 0; within < perFolder && made < count; within++, made++)
          put(
            make(space, folder.id, {
              name: `Scan ${String(made + 1).padStart(6, '0')}.txt`,
              kind: 'file',
              mimeType: 'text/plain',
              content: { kind: 'text', text: `Sample scan ${made + 1}.\n` },
              at,
            }),
          )
      }
    },
  }
}

/** Bytes of a file; `null` for what has none. */
export const itemSize = (item: Item): number | null =>
  item.kind === 'file' && item.content ? sizeOf(item.content) : null
