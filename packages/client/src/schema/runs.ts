import { z } from 'zod'
import { failure, id, instant, object, pageOf, pageQuery } from './fields.ts'
import { documentKinds, operations, runStatuses } from './words.ts'

/** `next_cursor` of an earlier run of the same operation and connection. */
const cursor = z.string().min(1).max(20_000).exactOptional()

const runOfDataSource = z.strictObject({
  data_source: id,
  /** Default: the data source's default connection. */
  connection_id: id.exactOptional(),
  operation: z.enum(operations),
  /** Checked against the data source's `parameters_schema` and the operation. */
  parameters: object.exactOptional(),
  cursor,
})

const runOfNode = z.strictObject({
  pipeline_id: id,
  node_id: id,
  /** Default: the one chosen for the node, else the data source's default connection. */
  connection_id: id.exactOptional(),
  /** Default: by the data source's kind `list_pages`, `list_folder` or `crawl`. */
  operation: z.enum(operations).exactOptional(),
  /** As for a data source; they go before the node's own. */
  parameters: object.exactOptional(),
  /** What a person was asked for, by the variables' names. The document's defaults take the place of what is left out. */
  variables: object.exactOptional(),
  cursor,
})

export const createRun = z.union([runOfDataSource, runOfNode]).meta({ id: 'CreateRun' })
export type CreateRun = z.infer<typeof createRun>

export const run = z
  .object({
    id: z.string(),
    data_source: z.string(),
    connection_id: z.string(),
    /** The node that it ran, when it was one of a pipeline. Optional, as an older server leaves them out. */
    pipeline_id: z.string().nullable().optional(),
    node_id: z.string().nullable().optional(),
    operation: z.enum(operations),
    parameters: object,
    status: z.enum(runStatuses),
    progress: z.object({ completed: z.number().int(), total: z.number().int().nullable() }),
    document_count: z.number().int(),
    /** What the provider could not give although the rest is whole. */
    warnings: z.array(z.string()),
    error: failure.nullable(),
    /** Where the next run of the same operation goes on; `null` when there is nothing more. */
    next_cursor: z.string().nullable(),
    created_at: instant,
    started_at: instant.nullable(),
    finished_at: instant.nullable(),
  })
  .meta({ id: 'Run' })
export type Run = z.infer<typeof run>

export const runPage = pageOf(run)

export const runQuery = z.strictObject({
  ...pageQuery,
  connection_id: id.exactOptional(),
  pipeline_id: id.exactOptional(),
  node_id: id.exactOptional(),
})

export const document = z
  .object({
    id: z.string(),
    run_id: z.string(),
    /** Rises within its run, from 1. */
    sequence: z.number().int(),
    kind: z.enum(documentKinds),
    /** The provider's id, or the URL of a crawled page. */
    external_id: z.string(),
    title: z.string(),
    url: z.string().nullable(),
    mime_type: z.string().nullable(),
    /** Bytes of the content; `null` when there is none. */
    size: z.number().int().nullable(),
    /** The content when it is text of at most 1 MB. */
    text: z.string().nullable(),
    /** Where the content is fetched, with Range; `null` when there is none. */
    content_url: z.string().nullable(),
    metadata: object,
    created_at: instant,
  })
  .meta({ id: 'Document' })
export type Document = z.infer<typeof document>

export const documentPage = pageOf(document)

export const documentQuery = z.strictObject({
  ...pageQuery,
  cursor: z
    .string()
    .regex(/^\d{1,10}$/, 'A cursor of documents is the sequence of the last one that was read.')
    .exactOptional(),
})

/**
 * A line of the NDJSON form: the documents in order, then once `run`, when it has finished. A stream without that last
 * line was cut off.
 */
export const documentLine = z.union([z.object({ document }), z.object({ run })]).meta({ id: 'DocumentLine' })
export type DocumentLine = z.infer<typeof documentLine>
