/** What a run does, by operation. Each writes documents as they come and says where the next run goes on. */
import {
  type DataSource,
  type DataSourceContext,
  DataSourceError,
  type DataSourceKind,
  type DriveEntry,
  isDataSourceError,
  type PageEntry,
} from '@wellhead/datasource-node'
import { z } from 'zod'
import type { NewDocument } from '../documents/writer.ts'
import { EngineError } from '../errors.ts'
import type { DocumentKind, Operation } from '../model.ts'

/** Where an operation puts what it finds. */
export interface Sink {
  has(kind: DocumentKind, externalId: string): Promise<boolean>
  hasAny(kind: DocumentKind): Promise<boolean>
  document(document: NewDocument): Promise<void>
  count(): number
  progress(completed: number, total: number | null): Promise<void>
  checkpoint(checkpoint: Readonly<Record<string, unknown>>): Promise<void>
  warn(warning: string): void
}

export interface OperationInput {
  readonly parameters: Record<string, unknown>
  readonly cursor: string | null
  /** What a former try of this run left, for going on from there. */
  readonly checkpoint: Readonly<Record<string, unknown>> | null
}

interface OperationSpec {
  readonly kind: DataSourceKind
  /** `undefined`: the data source's own schema. */
  readonly parameters: z.ZodObject | undefined
  run(
    source: DataSource,
    ctx: DataSourceContext,
    input: OperationInput,
    sink: Sink,
  ): Promise<{ nextCursor: string | null }>
}

const limit = z.int().min(1).max(1_000_000).optional()
const done = { nextCursor: null }

export const operationSpecs: Readonly<Record<Operation, OperationSpec>> = {
  list_pages: {
    kind: 'online_document',
    parameters: z.strictObject({ query: z.string().max(500).optional(), limit }),
    run: (source, ctx, input, sink) =>
      listAll(input, sink, async (cursor) => {
        const query = input.parameters.query as string | undefined
        const page = await as(source, 'online_document').listPages(ctx, {
          ...(cursor === null ? {} : { cursor }),
          ...(query === undefined ? {} : { query }),
        })
        return { documents: page.pages.map(pageEntryDocument), nextCursor: page.nextCursor }
      }),
  },

  read_pages: {
    kind: 'online_document',
    parameters: z.strictObject({
      pages: z
        .array(z.strictObject({ id: z.string().min(1).max(500), type: z.string().max(100).optional() }))
        .min(1)
        .max(1_000),
    }),
    async run(source, ctx, input, sink) {
      const pages = input.parameters.pages as { id: string; type?: string }[]
      await readEach(pages, sink, 'page', async ({ id, type }) => {
        const page = await as(source, 'online_document').readPage(ctx, { id, ...(type === undefined ? {} : { type }) })
        for (const warning of page.warnings ?? []) sink.warn(`${page.title}: ${warning}`)
        await sink.document({
          ...pageEntryDocument(page),
          kind: 'page',
          // As it was asked for, so that a run that is taken up again knows its own.
          externalId: id,
          mimeType: page.mimeType,
          metadata: { ...pageEntryDocument(page).metadata, ...page.metadata, ...warningsOf(page.warnings) },
          content: page.content,
          isText: true,
        })
      })
      return done
    },
  },

  list_folder: {
    kind: 'online_drive',
    parameters: z.strictObject({ folder: z.string().min(1).max(1_000).optional(), limit }),
    run: (source, ctx, input, sink) =>
      listAll(input, sink, async (cursor) => {
        const folder = input.parameters.folder as string | undefined
        const page = await as(source, 'online_drive').listFolder(ctx, {
          ...(cursor === null ? {} : { cursor }),
          ...(folder === undefined ? {} : { folder }),
        })
        return { documents: page.entries.map(driveEntryDocument), nextCursor: page.nextCursor }
      }),
  },

  download: {
    kind: 'online_drive',
    parameters: z.strictObject({ ids: z.array(z.string().min(1).max(1_000)).min(1).max(1_000) }),
    async run(source, ctx, input, sink) {
      const ids = (input.parameters.ids as string[]).map((id) => ({ id }))
      await readEach(ids, sink, 'file', async ({ id }) => {
        const { entry, mimeType, size, body } = await as(source, 'online_drive').download(ctx, { id })
        await sink.document({
          ...driveEntryDocument(entry),
          kind: 'file',
          externalId: id,
          mimeType,
          content: body,
          bytes: size,
        })
      })
      return done
    },
  },

  changes: {
    kind: 'online_drive',
    parameters: z.strictObject({}),
    async run(source, ctx, input, sink) {
      const drive = as(source, 'online_drive')
      if (!drive.changes) throw new DataSourceError('invalid_request', `${source.name} does not tell what changed.`)
      let cursor = (input.checkpoint?.cursor as string | undefined) ?? input.cursor ?? undefined
      for (;;) {
        const page = await drive.changes(ctx, cursor === undefined ? {} : { cursor })
        for (const entry of page.changed) await sink.document(driveEntryDocument(entry))
        for (const { id, path } of page.deleted) {
          const externalId = id ?? path ?? ''
          const metadata = { id, path }
          await sink.document({ kind: 'deleted', externalId, title: externalId, url: null, mimeType: null, metadata })
        }
        cursor = page.nextCursor
        await sink.checkpoint({ cursor })
        await sink.progress(sink.count(), page.hasMore ? null : sink.count())
        if (!page.hasMore) return { nextCursor: cursor }
      }
    },
  },

  crawl: {
    kind: 'website_crawl',
    parameters: undefined,
    async run(source, ctx, input, sink) {
      const crawl = as(source, 'website_crawl').crawl(ctx, {
        parameters: input.parameters,
        ...(input.checkpoint ? { checkpoint: input.checkpoint } : {}),
      })
      for await (const event of crawl) {
        if (event.type === 'checkpoint') await sink.checkpoint(event.checkpoint)
        else if (event.type === 'progress') await sink.progress(event.completed, event.total)
        else if (event.type === 'page_failed')
          await sink.document(
            failedDocument(event.url, event.url, { code: 'content_unavailable', message: event.reason }),
          )
        else
          await sink.document({
            kind: 'page',
            externalId: event.url,
            title: event.title,
            url: event.url,
            mimeType: 'text/markdown',
            metadata: { ...event.metadata, ...(event.description === null ? {} : { description: event.description }) },
            content: event.markdown,
            isText: true,
          })
      }
      return done
    },
  },
}

/** Page after page until there is none, or `limit` entries are there. */
async function listAll(
  input: OperationInput,
  sink: Sink,
  list: (cursor: string | null) => Promise<{ documents: readonly NewDocument[]; nextCursor: string | null }>,
): Promise<{ nextCursor: string | null }> {
  const most = (input.parameters.limit as number | undefined) ?? Number.POSITIVE_INFINITY
  let cursor = (input.checkpoint?.cursor as string | undefined) ?? input.cursor
  for (;;) {
    const page = await list(cursor)
    // A page is written whole: the provider's cursor knows no place inside it.
    for (const document of page.documents) await sink.document(document)
    cursor = page.nextCursor
    if (cursor !== null) await sink.checkpoint({ cursor })
    await sink.progress(sink.count(), cursor === null ? sink.count() : null)
    if (cursor === null || sink.count() >= most) return { nextCursor: cursor }
  }
}

// These are about one item; anything else is about the connection, and ends the run.
const itemErrors = new Set(['not_found', 'content_unavailable', 'missing_scope', 'invalid_request', 'invalid_response'])

/** One bad item is reported as such and the rest goes on; when none could be read, that is the run's error. */
async function readEach<Item extends { id: string }>(
  items: readonly Item[],
  sink: Sink,
  kind: DocumentKind,
  read: (item: Item) => Promise<void>,
): Promise<void> {
  let completed = 0
  let firstError: DataSourceError | undefined
  for (const item of items) {
    // A former try of this run read it, or reported it.
    if (!(await sink.has(kind, item.id)) && !(await sink.has('failed', item.id))) {
      try {
        await read(item)
      } catch (error) {
        if (!isDataSourceError(error) || !itemErrors.has(error.code)) throw error
        firstError ??= error
        await sink.document(failedDocument(item.id, item.id, error))
      }
    }
    completed++
    await sink.progress(completed, items.length)
  }
  if (await sink.hasAny(kind)) return
  throw firstError ?? new DataSourceError('content_unavailable', 'None of these items could be read.')
}

function failedDocument(externalId: string, title: string, error: { code: string; message: string }): NewDocument {
  return {
    kind: 'failed',
    externalId,
    title,
    url: null,
    mimeType: null,
    metadata: { error: { code: error.code, message: error.message } },
  }
}

function pageEntryDocument(page: PageEntry): NewDocument {
  return {
    kind: 'page_entry',
    externalId: page.id,
    title: page.title,
    url: page.url,
    mimeType: null,
    metadata: { type: page.type, icon: page.icon, parent_id: page.parentId, last_edited_at: page.lastEditedAt },
  }
}

function driveEntryDocument(entry: DriveEntry): NewDocument {
  return {
    kind: 'drive_entry',
    externalId: entry.id,
    title: entry.name,
    url: entry.url,
    mimeType: entry.mimeType,
    metadata: {
      type: entry.type,
      parent_id: entry.parentId,
      path: entry.path,
      size: entry.size,
      modified_at: entry.modifiedAt,
      revision: entry.revision,
    },
  }
}

const warningsOf = (warnings: readonly string[] | undefined) => (warnings?.length ? { warnings } : {})

function as<Kind extends DataSourceKind>(source: DataSource, kind: Kind): Extract<DataSource, { kind: Kind }> {
  if (source.kind !== kind) throw new DataSourceError('invalid_request', `${source.name} is not of the kind ${kind}.`)
  return source as Extract<DataSource, { kind: Kind }>
}

/** @throws EngineError `operation_not_supported` or `invalid_parameters` */
export function parseOperation(
  source: DataSource,
  operation: Operation,
  parameters: Record<string, unknown>,
): Record<string, unknown> {
  const spec = operationSpecs[operation]
  const offered = spec.kind === source.kind && (operation !== 'changes' || ('changes' in source && source.changes))
  if (!offered)
    throw new EngineError('operation_not_supported', `${source.name} has no operation ${operation}.`, {
      details: { operations: supportedOperations(source) },
    })
  const parsed = (spec.parameters ?? source.parameters.strict()).safeParse(parameters)
  if (parsed.success) return parsed.data
  throw new EngineError('invalid_parameters', 'These parameters are not valid.', {
    details: {
      errors: parsed.error.issues.map(({ path, message }) => ({ path: ['parameters', ...path].join('.'), message })),
    },
  })
}

export function supportedOperations(source: DataSource): Operation[] {
  return (Object.keys(operationSpecs) as Operation[]).filter(
    (operation) =>
      operationSpecs[operation].kind === source.kind &&
      (operation !== 'changes' || ('changes' in source && source.changes)),
  )
}
