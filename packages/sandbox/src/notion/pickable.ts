import type { Workspace } from './content/workspace.ts'

export interface PickablePage {
  readonly id: string
  readonly title: string
  readonly icon: string
  /** 0 for the top of the workspace. */
  readonly depth: number
}

/** What the page picker offers: pages and databases down to the second level. Rows come with their database. */
export function pickable(workspace: Workspace): readonly PickablePage[] {
  const found: PickablePage[] = []
  for (const item of workspace.items.values()) {
    if (item.kind !== 'page' && item.kind !== 'database') continue
    const object = item.kind === 'page' ? item.page : item.database
    if (object.in_trash || (item.kind === 'page' && item.oddity === 'gone')) continue
    const parent = object.parent
    const top = parent.type === 'workspace'
    if (!top && parent.type !== 'page_id') continue
    const depth = top
      ? 0
      : parent.type === 'page_id' && workspace.items.get(parent.page_id)?.parentId === undefined
        ? 1
        : 2
    if (depth > 1) continue
    const icon = object.icon?.type === 'emoji' ? object.icon.emoji : item.kind === 'database' ? '🗂️' : '📄'
    found.push({ id: item.id, title: item.title || 'Untitled', icon, depth })
  }
  // Each page right below its parent.
  const parentOf = (page: PickablePage) => workspace.items.get(page.id)?.parentId
  return found
    .filter((page) => page.depth === 0)
    .flatMap((top) => [top, ...found.filter((page) => page.depth === 1 && parentOf(page) === top.id)])
}
