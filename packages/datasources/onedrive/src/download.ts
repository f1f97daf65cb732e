import { type DataSourceContext, DataSourceError, type Download } from '@wellhead/datasource-node'
import { headers } from './api.ts'
import { entryOf, kindOf } from './entries.ts'
import { pathOf } from './item-ref.ts'
import { has, type Json, object, text } from './json.ts'
import { openItem } from './open-item.ts'

/**
 * A file's content. Graph answers with a redirect to another host, to a URL that is good by itself for some minutes; the credential stays behind. A
 * content that breaks off is asked of Graph again, which gives a fresh URL.
 * https://learn.microsoft.com/graph/api/driveitem-get-content
 */
export async function download(ctx: DataSourceContext, { id }: { id: string }): Promise<Download> {
  const { item, ref, content, contentRef } = await openItem(ctx, id)
  const entry = entryOf(item, ref.driveId)
  const kind = kindOf(content)
  if (kind === 'folder') throw new DataSourceError('invalid_request', 'This is a folder of OneDrive, not a file.')
  if (kind === undefined || !entry)
    throw new DataSourceError('content_unavailable', 'This is not a file: OneDrive has no content of it to download.')
  if (has(content, 'malware')) throw new DataSourceError('content_unavailable', 'OneDrive found malware in this file.')

  const url = `${ctx.endpoint('api')}${pathOf(contentRef)}/content`
  const response = await ctx.fetch(url, { headers, resume: true, maxBytes: Number.POSITIVE_INFINITY })
  const length = lengthOf(response)
  const mimeType = text(object(content.file).mimeType) || typeOf(response) || 'application/octet-stream'
  const problem = problemOf(response, content, length)
  if (problem) {
    void response.body?.cancel().catch(() => {})
    throw problem
  }
  return { entry, mimeType, size: length, body: response.body ?? new Blob([]).stream() }
}

function problemOf(response: Response, file: Json, length: number | null): DataSourceError | undefined {
  // A page of something in between, with a status as if all were well. The size alone does not tell: Graph is not sure to count what it sends.
  const type = typeOf(response)
  const known = ['', 'application/octet-stream', text(object(file.file).mimeType).toLowerCase()]
  const isFile = known.includes(type) || (length === null ? !ofPages.includes(type) : length === file.size)
  if (isFile) return undefined
  return new DataSourceError('provider_unavailable', 'Something other than the file came in place of it.')
}

const ofPages = ['text/html', 'application/json']

function lengthOf({ headers }: Response): number | null {
  const length = headers.get('content-length')
  return length !== null && /^\d+$/.test(length) ? Number(length) : null
}

const typeOf = ({ headers }: Response): string =>
  (headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
