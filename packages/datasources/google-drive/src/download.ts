import { type DataSourceContext, DataSourceError, type Download, type DriveEntry } from '@wellhead/datasource-node'
import { apiUrl, isError, resourceKeyHeader, segment } from './api.ts'
import { resolvedEntry } from './entries.ts'
import { exportTypeOf } from './exports.ts'
import { folderMimeType, type Item, nativeType, resolveItem } from './items.ts'
import { verifyContent } from './verify-content.ts'

/** https://developers.google.com/workspace/drive/api/guides/manage-downloads: bytes as they are, native documents exported. */
export async function download(ctx: DataSourceContext, { id }: { id: string }): Promise<Download> {
  const resolved = await resolveItem(ctx, id)
  const { target } = resolved
  if (target.mimeType === folderMimeType)
    throw new DataSourceError('invalid_request', 'This is a folder; its files are downloaded one by one.')
  if (target.capabilities?.canDownload === false)
    throw new DataSourceError('content_unavailable', 'The owner of this file does not let it be downloaded.')
  const entry = resolvedEntry(resolved)
  const type = nativeType(target)
  return type === undefined ? downloadBytes(ctx, target, entry) : exportDocument(ctx, target, entry, type)
}

async function downloadBytes(ctx: DataSourceContext, item: Item, entry: DriveEntry): Promise<Download> {
  const url = apiUrl(ctx, `/files/${segment(item.id)}`, { alt: 'media', supportsAllDrives: 'true' })
  const headers = resourceKeyHeader(item)
  const response = await ctx.fetch(url, { headers, resume: true, maxBytes: Number.POSITIVE_INFINITY })
  return {
    entry,
    mimeType: item.mimeType || 'application/octet-stream',
    size: entry.size,
    body: verifyContent(bodyOf(response), { md5: item.md5Checksum?.toLowerCase() || null, size: entry.size }),
  }
}

async function exportDocument(ctx: DataSourceContext, item: Item, entry: DriveEntry, type: string): Promise<Download> {
  const mimeType = exportTypeOf(type)
  if (mimeType === undefined)
    throw new DataSourceError('content_unavailable', `Google Drive exports no document of the kind "${type}".`)
  const response = await fetchExport(ctx, item, mimeType)
  // A page to sign in, with status 200.
  if (/^text\/html\b/i.test(response.headers.get('content-type') ?? '')) {
    await response.body?.cancel()
    throw new DataSourceError('invalid_response', 'Google Drive answered with a web page instead of the document.')
  }
  // How long an export is turns out at its end.
  return { entry, mimeType, size: null, body: bodyOf(response) }
}

/**
 * By the API up to 10 MB; what is larger by the link that the metadata has for it. An export that breaks off is not resumed:
 * it is written anew each time, and has no hash by which a mixture could be told.
 */
async function fetchExport(ctx: DataSourceContext, item: Item, mimeType: string): Promise<Response> {
  const init = { headers: resourceKeyHeader(item), maxBytes: Number.POSITIVE_INFINITY, timeoutMs: 120_000 }
  try {
    return await ctx.fetch(apiUrl(ctx, `/files/${segment(item.id)}/export`, { mimeType }), init)
  } catch (error) {
    const link = URL.parse(item.exportLinks?.[mimeType] ?? '')
    // The link is from an answer: the credential goes to the one host that such links are for.
    const isOfDocs = link !== null && link.origin === new URL(ctx.endpoint('docs')).origin
    if (!isError(error, 'content_unavailable') || !isOfDocs) throw error
    return ctx.fetch(link, init)
  }
}

const bodyOf = (response: Response): ReadableStream<Uint8Array> => response.body ?? new Blob([]).stream()
