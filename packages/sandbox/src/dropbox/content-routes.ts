import type { files } from 'dropbox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Content } from '../drive/content.ts'
import { sizeOf } from '../drive/content.ts'
import { sendContent } from '../drive/send-content.ts'
import type { Item } from '../drive/tree.ts'
import { downloadArg, exportArg } from './arguments.ts'
import { routeError } from './errors.ts'
import { toHeaderJson } from './header-json.ts'
import { resolve } from './lookup.ts'
import { contentOf, defaultPaperFormat, fileMetadata, paperFormats, revOf } from './metadata.ts'
import type { DropboxParts } from './parts.ts'
import { headerArgument } from './rpc.ts'

const scope = 'files.content.read'
const endings: Readonly<Record<string, string>> = { markdown: 'md', html: 'html' }

/**
 * The content host: the argument comes in a header and so does the result, as the body is the file. It takes the token, as the API
 * host does. https://www.dropbox.com/developers/documentation/http/documentation#formats
 */
export function addContentRoutes(app: FastifyInstance, { access, settings, hash }: DropboxParts): void {
  function fileAt(view: Parameters<typeof resolve>[0], path: string): Item {
    const item = resolve(view, path, settings())
    if (item === null || item.kind === 'folder') throw routeError('path', 'not_file')
    if (item.oddity === 'not_downloadable') throw routeError('path', 'restricted_content')
    return item
  }

  add('files/download', async (request, reply, name) => {
    const { view } = access.of(request, name, scope)
    const { path, rev } = headerArgument(request, name, downloadArg)
    const item = fileAt(view, path)
    if (item.kind === 'native') throw routeError('unsupported_file')
    if (rev && rev !== revOf(item)) throw routeError('path', 'not_found')
    const result = await fileMetadata(view, item, hash)
    reply.header('dropbox-api-result', toHeaderJson(result))
    return sendContent(request, reply, {
      content: contentOf(item),
      mimeType: 'application/octet-stream',
      etag: `W/"${result.rev}"`,
    })
  })

  add('files/export', async (request, reply, name) => {
    const { view } = access.of(request, name, scope)
    const { path, export_format: wanted } = headerArgument(request, name, exportArg)
    const item = fileAt(view, path)
    if (item.kind !== 'native') throw routeError('non_exportable')
    const format = wanted ?? defaultPaperFormat
    if (!paperFormats.some((known) => known === format)) throw routeError('invalid_export_format')
    const content = exported(item, format)
    const result = {
      export_metadata: {
        name: `${item.name}.${endings[format]}`,
        size: sizeOf(content),
        export_hash: await hash(content),
        paper_revision: item.revision,
      },
      file_metadata: await fileMetadata(view, item, hash),
    } satisfies files.ExportResult
    reply.header('dropbox-api-result', toHeaderJson(result))
    return sendContent(request, reply, {
      content,
      mimeType: 'application/octet-stream',
      etag: `W/"${revOf(item)}-${format}"`,
      ranges: false,
    })
  })

  /** A browser may ask by GET for what it caches. */
  function add(
    name: string,
    handle: (request: FastifyRequest, reply: FastifyReply, name: string) => Promise<FastifyReply>,
  ): void {
    app.route({ method: ['GET', 'POST'], url: `/2/${name}`, handler: (request, reply) => handle(request, reply, name) })
  }
}

/** A Paper document's text: its first line is its title. */
function exported(item: Item, format: string): Content {
  const content = contentOf(item)
  const [title = '', ...rest] = (content.kind === 'text' ? content.text : '').trim().split(/\n+/)
  const text =
    format === 'markdown'
      ? `# ${title}\n\n${rest.join('\n\n')}\n`
      : `<!DOCTYPE html>\n<title>${title}</title>\n<h1>${title}</h1>\n${rest.map((line) => `<p>${line}</p>\n`).join('')}`
  return { kind: 'text', text }
}
