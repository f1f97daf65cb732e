import type {
  BlockObjectResponse,
  DatabaseObjectResponse,
  DataSourceObjectResponse,
  PageObjectResponse,
} from '@notionhq/client'
import type { RichText } from './rich-text.ts'

/** What stands under a block's type, checked by the official types. */
export type BlockContent = BlockObjectResponse extends infer B
  ? B extends { type: infer T extends string }
    ? { type: T } & Pick<B, T & keyof B>
    : never
  : never

/** A block to be; its id follows from its place unless it has a name. */
export interface BlockSeed {
  readonly name?: string
  readonly content: BlockContent
  readonly children?: readonly Seed[]
}

/**
 * How a page misbehaves, for clients to cope with:
 * `no_markdown`: its Markdown cannot be had (400), its blocks can; `restricted`: its content answers 403; `gone`: the search index still
 * has it, everything else answers 404.
 */
export type Oddity = 'no_markdown' | 'restricted' | 'gone'

export interface PageSeed {
  readonly kind: 'page'
  readonly name: string
  readonly title: RichText
  readonly icon?: PageObjectResponse['icon']
  readonly cover?: PageObjectResponse['cover']
  readonly blocks: readonly Seed[]
  readonly inTrash?: boolean
  readonly oddity?: Oddity
  /** Its Markdown stops after so many blocks. */
  readonly markdownBlocks?: number
}

export type PropertyValue = PageObjectResponse['properties'][string]
export type PropertyConfig = DataSourceObjectResponse['properties'][string]

export interface RowSeed {
  readonly name: string
  /** Without the title; times are filled in by the workspace. */
  readonly title: RichText
  readonly icon?: PageObjectResponse['icon']
  readonly properties: (row: {
    createdTime: string
    editedTime: string
    userId: string
  }) => Record<string, PropertyValue>
  readonly blocks?: readonly Seed[]
}

export interface DataSourceSeed {
  readonly name: string
  readonly title: string
  readonly titleProperty: string
  readonly schema: Record<string, PropertyConfig>
  readonly rows: readonly RowSeed[]
}

export interface DatabaseSeed {
  readonly kind: 'database'
  readonly name: string
  readonly title: RichText
  readonly description?: RichText
  readonly icon?: DatabaseObjectResponse['icon']
  readonly dataSources: readonly DataSourceSeed[]
}

export type Seed = BlockSeed | PageSeed | DatabaseSeed

export interface Person {
  readonly id: string
  readonly name: string
  readonly email: string
}

export interface WorkspaceSeed {
  readonly name: string
  readonly title: string
  readonly icon: string | null
  /** Who signs in to it. */
  readonly person: Person
  readonly top: readonly (PageSeed | DatabaseSeed)[]
}

/** A block without a name or children. */
export const block = (content: BlockContent, children?: readonly Seed[]): BlockSeed => ({
  content,
  ...(children ? { children } : {}),
})

export const paragraph = (rich: RichText, children?: readonly Seed[]): BlockSeed =>
  block({ type: 'paragraph', paragraph: { rich_text: rich, color: 'default', icon: null } }, children)
