/** What a run does, by operation. Each writes documents as they come and says where the next run goes on. */
import {
  type DataSource,
  type DataSourceContext,
  DataSourceError,
  type DataSourceKind,
} from '@wellhead/datasource-node'
import { z } from 'zod'
import { EngineError } from '../errors.ts'
import { faultsOf, inPlainWords } from '../faults.ts'
import type { Operation } from '../model.ts'
import { readChanges } from './changing.ts'
import { driveEntryDocument, failedDocument, pageEntryDocument } from './entry-documents.ts'
import { listAll } from './listing.ts'
import { readEach } from './reading.ts'
import type { OperationInput, Sink } from './sink.ts'

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
        return { entries: page.pages.map(pageEntryDocument), nextCursor: page.nextCursor, warnings: page.warnings }
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
        return { entries: page.entries.map(driveEntryDocument), nextCursor: page.nextCursor, warnings: page.warnings }
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
    run: (source, ctx, input, sink) => readChanges(as(source, 'online_drive'), ctx, input, sink),
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

const warningsOf = (warnings: readonly string[] | undefined) => (warnings?.length ? { warnings } : {})

function as<Kind extends DataSourceKind>(source: DataSource, kind: Kind): Extract<DataSource, { kind: Kind }> {
  if (source.kind !== kind) throw new DataSourceError('invalid_request', `${source.name} is not of the kind ${kind}.`)
  return source as Extract<DataSource, { kind: Kind }>
}

/** @throws EngineError `operation_not_supported` */
export function requireOperation(source: DataSource, operation: Operation): void {
  const operations = supportedOperations(source)
  if (!operations.includes(operation))
    throw new EngineError('operation_not_supported', `${source.name} has no operation ${operation}.`, {
      details: { operations },
    })
}

/** What the operation takes of the data source's node. */
export function parameterNames(source: DataSource, operation: Operation): string[] {
  return Object.keys((operationSpecs[operation].parameters ?? source.parameters).shape)
}

/** @throws EngineError `operation_not_supported` or `invalid_parameters` */
export function parseOperation(
  source: DataSource,
  operation: Operation,
  parameters: Record<string, unknown>,
): Record<string, unknown> {
  requireOperation(source, operation)
  const parsed = (operationSpecs[operation].parameters ?? source.parameters.strict()).safeParse(
    parameters,
    inPlainWords,
  )
  if (parsed.success) return parsed.data
  throw new EngineError('invalid_parameters', 'These parameters are not valid.', {
    details: { errors: faultsOf(parsed.error, ['parameters']) },
  })
}

export function supportedOperations(source: DataSource): Operation[] {
  return (Object.keys(operationSpecs) as Operation[]).filter(
    (operation) =>
      operationSpecs[operation].kind === source.kind &&
      (operation !== 'changes' || ('changes' in source && source.changes)),
  )
}
