/**
 * An **operation** is one thing that a run asks of a data source, done to its end: a whole listing, a whole file. The suite does each well, and then
 * again with trouble.
 */
import { createHash } from 'node:crypto'
import type {
  DataSource,
  DataSourceContext,
  Download,
  DriveEntry,
  OnlineDocumentSource,
  OnlineDriveSource,
  PageEntry,
  TokenInfo,
  WebsiteCrawlSource,
} from '@wellhead/datasource-node'
import { expect } from 'vitest'
import { followChanges } from './follow-changes.ts'
import { allEntries, allPages, unlessOfOne, walkDrive } from './listing.ts'
import type { Stand } from './stand.ts'

/** Pages and files that are read at most, in search of one with content. */
const MOST_READ = 30

export type OperationName = 'identify' | 'list' | 'read' | 'download' | 'follow changes' | 'crawl'

export interface Done {
  /** What came of it, the same each time that all goes well. */
  readonly result: unknown
  /** What it says itself is missing: pages that failed, a size that is not that of the bytes. */
  readonly missing: number
}

export type Operation = (ctx: DataSourceContext) => Promise<Done>

/** By name. `undefined`: this kind has none of it. */
export function operationNames(source: DataSource): readonly OperationName[] {
  if (source.kind === 'online_document') return ['identify', 'list', 'read']
  if (source.kind === 'website_crawl') return ['identify', 'crawl']
  return ['identify', 'list', 'download', ...(source.changes ? (['follow changes'] as const) : [])]
}

/** Finds what is to be read, by `ctx`. */
export async function findOperations(
  source: DataSource,
  ctx: DataSourceContext,
  tokenInfo: TokenInfo,
  stand: Stand,
): Promise<ReadonlyMap<OperationName, Operation>> {
  const whole = (result: unknown): Done => ({ result, missing: 0 })
  const identify: Operation = async (on) => whole(await source.identify(on, tokenInfo))
  if (source.kind === 'website_crawl')
    return new Map<OperationName, Operation>([
      ['identify', identify],
      ['crawl', (on) => crawlAll(source, on, stand)],
    ])
  if (source.kind === 'online_document') {
    const pages = await findPages(source, ctx)
    return new Map<OperationName, Operation>([
      ['identify', identify],
      ['list', async (on) => whole((await allPages(source, on)).entries)],
      [
        'read',
        async (on) => {
          const texts: string[] = []
          for (const page of pages) texts.push(await readText(source, on, page))
          return whole(texts)
        },
      ],
    ])
  }
  const { id } = await findFile(source, ctx)
  return new Map<OperationName, Operation>([
    ['identify', identify],
    ['list', async (on) => whole((await allEntries(source, on)).entries.map(stable))],
    ['download', async (on) => readFile(await source.download(on, { id }))],
    ['follow changes', async (on) => whole(await newsOf(source, on, stand))],
  ])
}

/** Without what may be new each time, such as a link that is signed anew. */
const stable = ({ url: _url, ...entry }: DriveEntry) => entry

/** What is told of a file that was written since the start: whoever loses the start, or what came since, cannot tell it. */
async function newsOf(source: OnlineDriveSource, ctx: DataSourceContext, { files }: Stand): Promise<unknown> {
  const name = 'Written in the middle.txt'
  const { cursor } = await followChanges(source, ctx)
  if (!files) return followChanges(source, ctx, cursor).then(({ changed }) => changed.map(stable))
  await files.write(name, `It is now ${performance.now()}.`)
  try {
    const { changed } = await followChanges(source, ctx, cursor)
    return changed.filter((entry) => entry.name === name).map(({ type }) => ({ name, type }))
  } finally {
    await files.remove(name)
  }
}

/** One of each type, with text. A page may be empty for good reason (a row without text), but not every one all over the listing. */
export async function findPages(source: OnlineDocumentSource, ctx: DataSourceContext): Promise<readonly PageEntry[]> {
  const { entries } = await allPages(source, ctx)
  const found: PageEntry[] = []
  for (const type of new Set(entries.map((entry) => entry.type))) {
    for (const entry of sample(entries.filter((one) => one.type === type))) {
      const text = await readText(source, ctx, entry).catch(unlessOfOne)
      if (!text?.trim()) continue
      found.push(entry)
      break
    }
  }
  expect(found, 'pages with text').not.toHaveLength(0)
  return found
}

export async function readText(
  source: OnlineDocumentSource,
  ctx: DataSourceContext,
  { id, type }: { id: string; type: string },
): Promise<string> {
  const page = await source.readPage(ctx, { id, type })
  expect(page.id, 'the id of the page that was read').toBe(id)
  if (typeof page.content === 'string') return page.content
  let text = ''
  for await (const piece of page.content) text += piece
  return text
}

/** A file that is small, has a size, and can be had. */
export async function findFile(source: OnlineDriveSource, ctx: DataSourceContext): Promise<DriveEntry> {
  const isSmall = ({ size }: DriveEntry) => size !== null && size >= 16 && size < 1024 * 1024
  const { files } = await walkDrive(source, ctx)
  for (const entry of sample(files.filter(isSmall))) {
    const done = await source.download(ctx, { id: entry.id }).then(readFile).catch(unlessOfOne)
    if (done) return entry
  }
  return expect.fail('None of the small files can be downloaded')
}

export async function readFile({ size, body }: Download): Promise<Done> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    hash.update(chunk)
  }
  return { result: { bytes, sha256: hash.digest('hex') }, missing: size !== null && size !== bytes ? 1 : 0 }
}

/** Pages as they were told, in the order of their URLs. */
async function crawlAll(source: WebsiteCrawlSource, ctx: DataSourceContext, stand: Stand): Promise<Done> {
  const parameters = source.parameters.parse(stand.parameters ?? {})
  const pages: string[] = []
  let missing = 0
  for await (const event of source.crawl(ctx, { parameters })) {
    if (event.type === 'page') pages.push(`${event.url} ${event.markdown}`)
    if (event.type === 'page_failed') missing++
  }
  return { result: pages.sort(), missing }
}

/** Some of them, evenly spread, the first and the last among them. */
function sample<Value>(all: readonly Value[]): readonly Value[] {
  const step = Math.max(1, (all.length - 1) / (MOST_READ - 1))
  const count = Math.min(all.length, MOST_READ)
  return Array.from({ length: count }, (_, index) => all[Math.round(index * step)]!)
}
