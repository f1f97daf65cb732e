import { type DataSourceContext, DataSourceError, type Download, isDataSourceError } from '@wellhead/datasource-node'
import { z } from 'zod'
import type { Api } from './api.ts'
import { verified } from './content-hash.ts'
import { type DropboxFile, fileSchema, metadataSchema, toEntry } from './entries.ts'
import { mimeTypeOf } from './mime-types.ts'
import { parsePath } from './paths.ts'

const exportSchema = z.looseObject({
  export_metadata: z.looseObject({
    name: z.string(),
    size: z.int().nonnegative().nullish(),
    export_hash: z.string().nullish(),
  }),
  file_metadata: fileSchema,
})

/**
 * A file as a stream; a Paper document, or another that has no bytes of its own, exported.
 * https://www.dropbox.com/developers/documentation/http/documentation#files-download
 */
export async function download(api: Api, ctx: DataSourceContext, input: { id: string }): Promise<Download> {
  const path = parsePath(input.id)
  if (path === '') throw new DataSourceError('invalid_request', 'This is not a file.')
  let response: Response
  try {
    response = await api.fetchContent(ctx, 'files/download', { path })
  } catch (error) {
    if (!isDataSourceError(error) || error.code !== 'content_unavailable') throw error
    // `unsupported_file`, if its metadata says that it is to be exported; else there is nothing to be had.
    const item = await api.read(ctx, 'files/get_metadata', { path }, metadataSchema)
    if (item['.tag'] !== 'file' || item.is_downloadable !== false) throw error
    return exportFile(api, ctx, item, error)
  }
  const file = await resultOf(response, fileSchema)
  return {
    entry: toEntry(file, null),
    mimeType: mimeTypeOf(file.name) ?? typeOf(response),
    size: file.size ?? null,
    body: verified(response.body, { hash: file.content_hash, size: file.size }),
  }
}

/** As Markdown where that is offered, else in the format that Dropbox takes for the usual one. */
async function exportFile(
  api: Api,
  ctx: DataSourceContext,
  item: DropboxFile,
  refusal: DataSourceError,
): Promise<Download> {
  const { export_as: usual, export_options: options } = item.export_info ?? {}
  const wanted = options?.includes('markdown') && usual !== 'markdown' ? { export_format: 'markdown' } : {}
  if (!usual && !('export_format' in wanted)) throw refusal
  const response = await api.fetchContent(ctx, 'files/export', { path: item.id, ...wanted })
  const { export_metadata: exported, file_metadata: file } = await resultOf(response, exportSchema)
  return {
    entry: toEntry(file, null),
    mimeType: 'export_format' in wanted ? 'text/markdown' : (mimeTypeOf(exported.name) ?? typeOf(response)),
    size: exported.size ?? null,
    body: verified(response.body, { hash: exported.export_hash, size: exported.size }),
  }
}

/** What a download says of itself, in a header. @throws DataSourceError `invalid_response` */
async function resultOf<Schema extends z.ZodType>(response: Response, schema: Schema): Promise<z.infer<Schema>> {
  try {
    return schema.parse(JSON.parse(response.headers.get('dropbox-api-result') ?? ''))
  } catch (cause) {
    await response.body?.cancel().catch(() => {})
    throw new DataSourceError('invalid_response', 'Dropbox does not say what it sends.', {
      status: response.status,
      cause,
    })
  }
}

const typeOf = (response: Response): string =>
  response.headers.get('content-type')?.split(';')[0]?.trim() || 'application/octet-stream'
