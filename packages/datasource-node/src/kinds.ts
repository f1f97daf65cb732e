/** What the three kinds of data source give back. */

/** A page, or a table of rows, as a listing shows it. */
export interface PageEntry {
  readonly id: string
  /** What kind of page the provider calls it, such as `page` or `data_source`; handed back to `readPage`. */
  readonly type: string
  readonly title: string
  readonly url: string | null
  /** An emoji, or the URL of an image that does not expire. */
  readonly icon: string | null
  readonly parentId: string | null
  /** RFC 3339. */
  readonly lastEditedAt: string | null
}

export interface PageListing {
  readonly pages: readonly PageEntry[]
  /** `null` when this was the last page of the listing. */
  readonly nextCursor: string | null
  /** What of this page could not be read although the rest is whole, one sentence each. */
  readonly warnings?: readonly string[]
}

export interface PageContent extends PageEntry {
  readonly mimeType: 'text/markdown' | 'text/plain' | 'text/html'
  /** The text, whole or in pieces. Pieces that end early must throw: a part is never taken for the whole. */
  readonly content: string | AsyncIterable<string>
  /** What the provider could not give although the rest is whole, one sentence each. */
  readonly warnings?: readonly string[]
  readonly metadata?: Readonly<Record<string, unknown>>
}

export interface DriveEntry {
  readonly id: string
  readonly name: string
  readonly type: 'file' | 'folder'
  readonly parentId: string | null
  /** From the drive's root, with slashes, where the provider says it. */
  readonly path: string | null
  readonly mimeType: string | null
  /** Bytes; `null` for folders and for native documents. */
  readonly size: number | null
  /** RFC 3339. */
  readonly modifiedAt: string | null
  /** Etag, revision or hash: changes when the content does. */
  readonly revision: string | null
  readonly url: string | null
  /** Of a shortcut: the id of what it leads to. Listing or downloading the one gives the same as the other. */
  readonly targetId?: string | null
}

export interface DriveListing {
  readonly entries: readonly DriveEntry[]
  readonly nextCursor: string | null
  /** What of this page could not be read although the rest is whole, one sentence each. */
  readonly warnings?: readonly string[]
}

export interface Download {
  readonly entry: DriveEntry
  readonly mimeType: string
  /** Bytes of `body`, where the provider says it. */
  readonly size: number | null
  readonly body: ReadableStream<Uint8Array>
}

/** What is gone, and with a folder all that was in it. Some providers name it by its id, some by the path it had. */
export type DriveDeletion =
  | { readonly id: string; readonly path: string | null }
  | { readonly id: null; readonly path: string }

export interface DriveChanges {
  /** As they are now, each once; a later page may tell of the same item again, and then holds. */
  readonly changed: readonly DriveEntry[]
  readonly deleted: readonly DriveDeletion[]
  /** Where the next call goes on. */
  readonly nextCursor: string
  /** Whether more changes are waiting right now. */
  readonly hasMore: boolean
  /** What of this page could not be read although the rest is whole, one sentence each. */
  readonly warnings?: readonly string[]
}

/**
 * What a crawl tells while it goes on.
 *
 * A `checkpoint` is stored with the run: after a crash the crawl is called again with the last one and must go on from
 * there instead of starting a second job at the provider.
 */
export type CrawlEvent =
  | { readonly type: 'checkpoint'; readonly checkpoint: Readonly<Record<string, unknown>> }
  | { readonly type: 'progress'; readonly completed: number; readonly total: number | null }
  | {
      readonly type: 'page'
      readonly url: string
      readonly title: string
      readonly description: string | null
      readonly markdown: string
      readonly metadata?: Readonly<Record<string, unknown>>
    }
  /** One page could not be had; the crawl goes on. */
  | { readonly type: 'page_failed'; readonly url: string; readonly reason: string }
