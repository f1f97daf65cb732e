import { Readable } from 'node:stream'
import { type Stand, type StandInAnswer, type StandInRequest, startStandIn } from '../../src/index.ts'

export interface Item {
  readonly id: string
  readonly name: string
  readonly parent: string
  readonly folder?: boolean
  /** Of a shortcut. */
  readonly target?: string
  readonly text?: string
  readonly revision?: number
}

export const largeBytes = 256 * 1024 * 1024
const pageSize = 3

const sample: readonly Item[] = [
  ...['a', 'b', 'c', 'd'].map((id) => ({ id, name: `${id}.txt`, parent: 'top', text: `The text of the file ${id}.` })),
  { id: 'reports', name: 'Reports', parent: 'top', folder: true },
  { id: 'nothing', name: 'Nothing', parent: 'top', folder: true },
  { id: 'up', name: 'Back to the reports', parent: 'reports', folder: true, target: 'reports' },
  { id: 'e', name: 'e.txt', parent: 'reports', text: 'The text of the file e.' },
  { id: 'large', name: 'large.bin', parent: 'top' },
]

/** A small drive behind an API key: folders, shortcuts in a circle, content with ranges, and changes. */
export async function startDriveStand(): Promise<Stand> {
  let items = [...sample]
  /** The ids of what changed, oldest first. */
  const changes: string[] = []
  const byName = (name: string) => items.find((one) => one.name === name)

  function route({ url, headers }: StandInRequest): StandInAnswer {
    if (headers.authorization !== 'Bearer good-key') return { status: 401, body: { error: 'key' } }
    const [, room, id = '', content] = url.pathname.split('/')
    const cursor = url.searchParams.get('cursor')
    if (cursor !== null && !/^\d+$/.test(cursor)) return { status: 410, body: { error: 'cursor' } }
    if (room === 'me') return { body: { id: 'ada' } }
    if (room === 'changes') return { body: news(cursor) }
    const known = items.find((one) => one.id === id)
    if (room === 'folders') return id === 'top' || known?.folder ? { body: page(id, Number(cursor ?? 0)) } : nothing
    if (room !== 'files' || !known || known.folder) return nothing
    return content ? bytesOf(known, headers.range) : { body: entryOf(known) }
  }

  function page(id: string, from: number) {
    const folder = items.find((one) => one.id === id)?.target ?? id
    const inside = items.filter(({ parent }) => parent === folder)
    const end = from + pageSize
    return { items: inside.slice(from, end).map(entryOf), next: end < inside.length ? String(end) : null }
  }

  function news(cursor: string | null) {
    const ids = new Set(cursor === null ? [] : changes.slice(Number(cursor)))
    const changed = items.filter(({ id }) => ids.has(id)).map(entryOf)
    const deleted = [...ids].filter((id) => !items.some((one) => one.id === id))
    return { changed, deleted, next: String(changes.length) }
  }

  const standIn = await startStandIn(route)
  return {
    endpoints: { api: standIn.origin },
    apiKey: 'good-key',
    trouble: standIn.trouble,
    files: {
      write(name, text) {
        const { id = `new-${changes.length}`, revision = 0 } = byName(name) ?? {}
        items = [...items.filter((one) => one.id !== id), { id, name, parent: 'top', text, revision: revision + 1 }]
        changes.push(id)
      },
      remove(name) {
        changes.push(byName(name)!.id)
        items = items.filter((one) => one.name !== name)
      },
    },
    close: () => standIn.close(),
  }
}

const nothing: StandInAnswer = { status: 404, body: { error: 'not_found' } }

function entryOf({ id, name, parent, folder = false, target, text, revision = 0 }: Item) {
  const size = folder ? null : text === undefined ? largeBytes : Buffer.byteLength(text)
  return { id, name, parent, folder, target, size, revision: String(revision) }
}

function bytesOf({ id, text, revision = 0 }: Item, range: string | undefined): StandInAnswer {
  const headers = { 'content-type': 'application/octet-stream', etag: `"${id}-${revision}"` }
  if (text === undefined) {
    const chunk = Buffer.alloc(64 * 1024)
    const chunks = Array.from({ length: largeBytes / chunk.byteLength }, () => chunk)
    return { headers: { ...headers, 'content-length': String(largeBytes) }, body: Readable.from(chunks) }
  }
  const bytes = Buffer.from(text)
  const from = Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? -1)
  if (from < 0) return { headers, body: bytes }
  const place = `bytes ${from}-${bytes.byteLength - 1}/${bytes.byteLength}`
  return { status: 206, headers: { ...headers, 'content-range': place }, body: bytes.subarray(from) }
}
