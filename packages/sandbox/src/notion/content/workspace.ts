import type {
  BlockObjectResponse,
  DatabaseObjectResponse,
  DataSourceObjectResponse,
  PageObjectResponse,
} from '@notionhq/client'
import { idOf, notionUrl } from './ids.ts'
import { plain, words } from './rich-text.ts'
import type { DatabaseSeed, DataSourceSeed, Oddity, PageSeed, Person, RowSeed, Seed, WorkspaceSeed } from './seed.ts'

interface Place {
  readonly id: string
  /** What it inherits its visibility from. */
  readonly parentId: string | undefined
  /** The ids of its blocks, in order. */
  readonly children: readonly string[]
}
export interface PageItem extends Place {
  readonly kind: 'page'
  readonly title: string
  readonly page: PageObjectResponse
  readonly block: BlockObjectResponse
  readonly oddity?: Oddity
  readonly markdownBlocks?: number
}
export interface DatabaseItem extends Place {
  readonly kind: 'database'
  readonly title: string
  readonly database: DatabaseObjectResponse
  readonly block: BlockObjectResponse
}
export interface DataSourceItem extends Place {
  readonly kind: 'data_source'
  readonly title: string
  readonly dataSource: DataSourceObjectResponse
  readonly rows: readonly string[]
}
export interface BlockItem extends Place {
  readonly kind: 'block'
  readonly block: BlockObjectResponse
}
export type Item = PageItem | DatabaseItem | DataSourceItem | BlockItem

/** A workspace of Notion, laid out as one index of everything in it. */
export interface Workspace {
  readonly id: string
  readonly title: string
  readonly icon: string | null
  readonly person: Person
  readonly items: ReadonlyMap<string, Item>
}

type Parent = PageObjectResponse['parent']

/** The first moment anything was made. Times of the content are fixed; only tokens live on the clock. */
const firstMoment = Date.parse('2026-03-02T08:00:00.000Z')
const minute = 60_000

export function createWorkspace(seed: WorkspaceSeed): Workspace {
  const items = new Map<string, Item>()
  const user = { object: 'user', id: seed.person.id } as const
  let made = 0

  /** Notion gives times to the minute, so some things share one. */
  const stamps = () => {
    const createdTime = new Date(firstMoment + Math.floor(made++ / 4) * minute).toISOString()
    const editedTime = new Date(Date.parse(createdTime) + ((made * 37) % 90) * 24 * 60 * minute).toISOString()
    return { createdTime, editedTime }
  }
  const common = (times: { createdTime: string; editedTime: string }, inTrash = false) => ({
    created_time: times.createdTime,
    last_edited_time: times.editedTime,
    created_by: user,
    last_edited_by: user,
    in_trash: inTrash,
    archived: inTrash,
  })

  function layOutAll(seeds: readonly Seed[], parentId: string, parent: Parent): string[] {
    return seeds.map((child, index) => layOut(child, parentId, parent, `${parentId}/${index}`))
  }

  function layOut(child: Seed, parentId: string | undefined, parent: Parent, place: string): string {
    if ('kind' in child)
      return child.kind === 'page' ? layOutPage(child, parentId, parent) : layOutDatabase(child, parentId, parent)
    const id = idOf(child.name ?? place)
    const times = stamps()
    const children = layOutAll(child.children ?? [], id, { type: 'block_id', block_id: id })
    const block = {
      object: 'block',
      id,
      parent,
      ...common(times),
      // A copy of a synced block has the children of its original.
      has_children:
        children.length > 0 || (child.content.type === 'synced_block' && !!child.content.synced_block.synced_from),
      ...child.content,
    } as BlockObjectResponse
    items.set(id, { kind: 'block', id, parentId, children, block })
    return id
  }

  function layOutPage(page: PageSeed, parentId: string | undefined, parent: Parent): string {
    const id = idOf(page.name)
    const times = stamps()
    const children = layOutAll(page.blocks, id, { type: 'page_id', page_id: id })
    const title = plain(page.title)
    items.set(id, {
      kind: 'page',
      id,
      parentId,
      children,
      title,
      page: {
        object: 'page',
        id,
        ...common(times, page.inTrash),
        is_archived: false,
        is_locked: false,
        url: notionUrl(id),
        public_url: null,
        parent,
        icon: page.icon ?? null,
        cover: page.cover ?? null,
        properties: { title: { id: 'title', type: 'title', title: page.title } },
      },
      block: childPage(id, parent, title, children, times, page.inTrash),
      ...(page.oddity ? { oddity: page.oddity } : {}),
      ...(page.markdownBlocks ? { markdownBlocks: page.markdownBlocks } : {}),
    })
    return id
  }

  const childPage = (
    id: string,
    parent: Parent,
    title: string,
    children: readonly string[],
    times: { createdTime: string; editedTime: string },
    inTrash?: boolean,
  ): BlockObjectResponse => ({
    object: 'block',
    id,
    parent,
    ...common(times, inTrash),
    has_children: children.length > 0,
    type: 'child_page',
    child_page: { title },
  })

  function layOutDatabase(database: DatabaseSeed, parentId: string | undefined, parent: Parent): string {
    const id = idOf(database.name)
    const times = stamps()
    const title = plain(database.title)
    const placed = parent as DatabaseObjectResponse['parent']
    items.set(id, {
      kind: 'database',
      id,
      parentId,
      children: [],
      title,
      database: {
        object: 'database',
        id,
        title: database.title,
        description: database.description ?? [],
        parent: placed,
        is_inline: parentId !== undefined,
        is_locked: false,
        in_trash: false,
        archived: false,
        created_time: times.createdTime,
        last_edited_time: times.editedTime,
        data_sources: database.dataSources.map((source) => ({ id: idOf(source.name), name: source.title })),
        icon: database.icon ?? null,
        cover: null,
        url: notionUrl(id),
        public_url: null,
      },
      block: {
        object: 'block',
        id,
        parent,
        ...common(times),
        has_children: false,
        type: 'child_database',
        child_database: { title },
      },
    })
    for (const source of database.dataSources) layOutDataSource(source, id, placed)
    return id
  }

  function layOutDataSource(
    source: DataSourceSeed,
    databaseId: string,
    databaseParent: DatabaseObjectResponse['parent'],
  ): void {
    const id = idOf(source.name)
    const times = stamps()
    const rows = source.rows.map((row) => layOutRow(row, source, id, databaseId))
    items.set(id, {
      kind: 'data_source',
      id,
      parentId: databaseId,
      children: [],
      title: source.title,
      rows,
      dataSource: {
        object: 'data_source',
        id,
        title: words(source.title),
        description: [],
        parent: { type: 'database_id', database_id: databaseId },
        database_parent: databaseParent,
        is_inline: false,
        ...common(times),
        properties: {
          [source.titleProperty]: {
            id: 'title',
            name: source.titleProperty,
            description: null,
            type: 'title',
            title: {},
          },
          ...source.schema,
        },
        icon: null,
        cover: null,
        url: notionUrl(id),
        public_url: null,
      },
    })
  }

  function layOutRow(row: RowSeed, source: DataSourceSeed, dataSourceId: string, databaseId: string): string {
    const id = idOf(row.name)
    const times = stamps()
    const parent: Parent = { type: 'data_source_id', data_source_id: dataSourceId, database_id: databaseId }
    const children = layOutAll(row.blocks ?? [], id, { type: 'page_id', page_id: id })
    const title = plain(row.title)
    items.set(id, {
      kind: 'page',
      id,
      parentId: dataSourceId,
      children,
      title,
      page: {
        object: 'page',
        id,
        ...common(times),
        is_archived: false,
        is_locked: false,
        url: notionUrl(id),
        public_url: null,
        parent,
        icon: row.icon ?? null,
        cover: null,
        properties: {
          [source.titleProperty]: { id: 'title', type: 'title', title: row.title },
          ...row.properties({ ...times, userId: seed.person.id }),
        },
      },
      block: childPage(id, parent, title, children, times),
    })
    return id
  }

  for (const top of seed.top) layOut(top, undefined, { type: 'workspace', workspace: true }, top.name)
  return { id: idOf(`workspace/${seed.name}`), title: seed.title, icon: seed.icon, person: seed.person, items }
}
