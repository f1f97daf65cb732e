import {
  apiKey,
  type DataSource,
  type DataSourceContext,
  DataSourceError,
  type Download,
  type DriveEntry,
  type OnlineDriveSource,
  readJson,
} from '@wellhead/datasource-node'
import { z } from 'zod'
import { askingOnce, type Broken, hurried, insteadOf } from './broken.ts'
import { documents } from './document-sources.ts'

const itemSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  parent: z.string(),
  folder: z.boolean(),
  target: z.string().optional(),
  size: z.number().nullable(),
  revision: z.string(),
})
const listingSchema = z.looseObject({ items: z.array(itemSchema), next: z.string().nullable() })
const changesSchema = z.looseObject({ changed: z.array(itemSchema), deleted: z.array(z.string()), next: z.string() })

function entryOf({ id, name, parent, folder, target, size, revision }: z.infer<typeof itemSchema>): DriveEntry {
  const type = folder ? 'folder' : 'file'
  const unsaid = { path: null, mimeType: null, modifiedAt: null, url: null }
  return { id, name, type, parentId: parent, size, revision, ...unsaid, ...(target ? { targetId: target } : {}) }
}

const base = (ctx: DataSourceContext) => ctx.endpoint('api')

async function open(ctx: DataSourceContext, id: string, resume = true): Promise<Download> {
  const entry = entryOf(await readJson(await ctx.fetch(`${base(ctx)}/files/${id}`), itemSchema))
  const url = `${base(ctx)}/files/${id}/content`
  const { body } = await ctx.fetch(url, { resume, maxBytes: Number.POSITIVE_INFINITY })
  return { entry, mimeType: 'application/octet-stream', size: entry.size, body: body! }
}

/** A source that keeps the contract. */
export const drive = {
  ...documents,
  id: 'drive',
  kind: 'online_drive',
  endpoints: { api: 'https://api.drive.example' },
  auth: [apiKey({ label: 'Key', help: 'Ask.', keyUrl: 'https://drive.example/keys', placeholder: 'key' })],
  async listFolder(ctx, { folder = 'top', cursor }) {
    const url = `${base(ctx)}/folders/${folder}${cursor ? `?cursor=${cursor}` : ''}`
    const { items, next } = await readJson(await ctx.fetch(url), listingSchema)
    return { entries: items.map(entryOf), nextCursor: next }
  },
  download: (ctx, { id }) => open(ctx, id),
  async changes(ctx, { cursor }) {
    const answer = await ctx.fetch(`${base(ctx)}/changes${cursor ? `?cursor=${cursor}` : ''}`)
    const { changed, deleted, next } = await readJson(answer, changesSchema)
    const gone = deleted.map((id) => ({ id, path: null }))
    return { changed: changed.map(entryOf), deleted: gone, nextCursor: next, hasMore: false }
  },
} as const satisfies DataSource

const change = (id: string, changes: Partial<OnlineDriveSource>) => ({ ...drive, id, ...changes }) as DataSource
const nothing = { entries: [], nextCursor: null }
const nowhere = entryOf({ id: '', name: '', parent: '', folder: false, size: 0, revision: '' })

/** The download with its body read by `read`, and whatever the source forgets. */
function rewritten(pull: (reader: ReadableStreamDefaultReader<Uint8Array>) => Promise<Uint8Array | undefined>) {
  return async (ctx: DataSourceContext, { id }: { id: string }): Promise<Download> => {
    const download = await open(ctx, id)
    const reader: ReadableStreamDefaultReader<Uint8Array> = download.body.getReader()
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const chunk = await pull(reader)
        if (chunk) controller.enqueue(chunk)
        else controller.close()
      },
    })
    return { ...download, body }
  }
}

/** Each breaks one thing, named by its id. */
export const brokenDrives: readonly Broken[] = [
  {
    source: change('whole-in-memory', {
      async download(ctx, input) {
        const download = await open(ctx, input.id)
        const bytes = await new Response(download.body).blob()
        return { ...download, body: bytes.stream() }
      },
    }),
    fails: [/lets a large file pass through little memory/, /ends soon in the middle of a large file/],
    cases: ['large file'],
  },
  {
    source: change('read-ahead', {
      async download(ctx, input) {
        const download = await open(ctx, input.id)
        const queue = new TransformStream<Uint8Array, Uint8Array>({}, undefined, { highWaterMark: 4_000 })
        return { ...download, body: download.body.pipeThrough(queue) }
      },
    }),
    fails: [/lets a large file pass through little memory/],
    cases: ['large file'],
  },
  {
    source: change('quiet-drive', {
      download: (ctx, { id }) =>
        insteadOf([], open(ctx, id), {
          entry: { ...nowhere, id },
          mimeType: 'text/plain',
          size: null,
          body: new Blob([]).stream(),
        }),
      changes: (ctx, input) =>
        insteadOf([], drive.changes(ctx, input), { changed: [], deleted: [], nextCursor: 'same', hasMore: false }),
    }),
    fails: [
      ...['download', 'follow changes'].flatMap((name) => [
        new RegExp(`${name} > takes a wrong credential`),
        new RegExp(`${name}, with trouble, > is an error or the whole`),
        new RegExp(`${name}, with trouble, > says that the provider is down`),
        new RegExp(`${name}, cancelled, > sends nothing`),
        new RegExp(`${name}, cancelled, > ends in the middle`),
      ]),
    ],
    cases: ['broken answers', 'provider down', 'cancel in the middle'],
  },
  {
    source: change('drive-asks-once', {
      download: (ctx, { id }) => open(askingOnce(ctx), id),
      changes: (ctx, input) => drive.changes(askingOnce(ctx), input),
    }),
    fails: ['download', 'follow changes'].map((name) => new RegExp(`${name}, with trouble, > asks again`)),
    cases: ['provider down'],
  },
  {
    source: change('drive-hurried', { toError: hurried(drive.toError) }),
    fails: [/with trouble, > says how long to wait/, /with trouble, > waits as long as it is told/],
    cases: ['rate limit'],
  },
  {
    source: change('breaks-off', { download: (ctx, { id }) => open(ctx, id, false) }),
    fails: [/goes on where the connection broke off/],
    cases: ['broken download'],
  },
  {
    source: change('cut-off', {
      download: rewritten((reader) =>
        reader
          .read()
          .then(({ value }) => value)
          .catch(() => undefined),
      ),
    }),
    fails: [/ends with an error when the connection breaks for good/, /ends with the run/],
    cases: ['broken download'],
  },
  {
    source: change('never-let-go', { download: rewritten((reader) => reader.read().then(({ value }) => value)) }),
    fails: [/ends with the run, and when nobody wants it any more/],
  },
  {
    source: change('unsized', {
      async download(ctx, input) {
        const download = await open(ctx, input.id)
        return { ...download, size: null }
      },
    }),
    fails: [/download, with trouble, > is an error or the whole when an answer is empty/],
    cases: ['broken answers'],
  },
  {
    source: change('size', {
      async listFolder(ctx, input) {
        const { entries, nextCursor } = await drive.listFolder(ctx, input)
        return { entries: entries.map((entry) => ({ ...entry, size: entry.size && entry.size + 1 })), nextCursor }
      },
    }),
    fails: [/lists every folder to its end/],
  },
  {
    source: change('twice', {
      async listFolder(ctx, input) {
        const { entries, nextCursor } = await drive.listFolder(ctx, input)
        return { entries: [...entries, ...entries.slice(0, 1)], nextCursor }
      },
    }),
    fails: [/lists every folder to its end/],
  },
  {
    source: change('round-and-round', {
      async listFolder(ctx, input) {
        const { entries, nextCursor } = await drive.listFolder(ctx, {
          ...input,
          folder: input.folder?.split('/')[0] ?? 'top',
        })
        // A shortcut that does not say what it leads to.
        const renamed = entries.map(({ targetId, ...entry }) =>
          targetId ? { ...entry, id: `${entry.id}/${Math.random()}` } : entry,
        )
        return { entries: renamed, nextCursor }
      },
    }),
    fails: [/lists every folder to its end/],
  },
  {
    source: change('missing-folder', {
      listFolder: (ctx, input) => insteadOf(['not_found'], drive.listFolder(ctx, input), nothing),
    }),
    fails: [/a file is not there, and a folder/],
    cases: ['missing item'],
  },
  {
    source: change('nothing-is-missing', {
      async listFolder(ctx, input) {
        const listing = await drive.listFolder(ctx, input)
        if (listing.entries.length === 0) throw new DataSourceError('not_found', 'There is nothing.')
        return listing
      },
    }),
    fails: [/lists an empty folder as empty/],
    cases: ['empty listing'],
  },
  {
    source: change('blind', { changes: async (ctx, input) => ({ ...(await drive.changes(ctx, input)), deleted: [] }) }),
    fails: [/tells of a new file, of its new content and of its end/],
    cases: ['changes'],
  },
  {
    source: change('over-and-over', {
      changes: async (ctx, input) => ({ ...(await drive.changes(ctx, input)), nextCursor: '0' }),
    }),
    fails: [/tells of a new file, of its new content and of its end/],
    cases: ['changes'],
  },
  {
    source: change('no-news', {
      changes: (ctx, input) =>
        insteadOf(['cursor_expired'], drive.changes(ctx, input), {
          changed: [],
          deleted: [],
          nextCursor: '0',
          hasMore: false,
        }),
    }),
    fails: [/changes > says that its cursor has expired/],
    cases: ['expired cursor'],
  },
]
