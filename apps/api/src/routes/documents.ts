import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { routes } from '@wellhead/client/schema'
import { ApiProblem } from '../problems.ts'
import { sent } from '../register.ts'
import { attachment } from './attachment.ts'
import { parseRange } from './byte-range.ts'
import type { RouteContext } from './context.ts'

export function registerDocuments({ register, engine }: RouteContext): void {
  register(routes.documents.content, async ({ actor, params, request, reply }) => {
    const document = await engine.documents.get(actor, params.id)
    if (!document.hasContent) throw new ApiProblem('document_not_found', 'This document has no content.')
    // A document is written once and never changed, so its id is its version.
    const etag = `"${document.id}"`
    reply.headers({
      etag,
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-cache',
      'content-type': safeType(document.mimeType),
      'content-disposition': attachment(document.title, document.id),
      // What a provider holds is anybody's: it is handed over, and never run as a page of ours.
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
    })
    if (request.headers['if-none-match']?.split(',').some((tag) => tag.trim() === etag || tag.trim() === '*'))
      return { status: 304 }
    const size = document.size
    const ifRange = request.headers['if-range']
    const rangeHeader = ifRange === undefined || ifRange === etag ? request.headers.range : undefined
    const range = size === null || rangeHeader === undefined ? undefined : parseRange(rangeHeader, size)
    if (range === 'unsatisfiable') {
      reply.header('content-range', `bytes */${size}`)
      for (const name of ['etag', 'content-disposition', 'accept-ranges']) reply.removeHeader(name)
      throw new ApiProblem('range_not_satisfiable', `The content has ${size} bytes.`)
    }
    const length = range ? range.end - range.start + 1 : size
    if (length !== null) reply.header('content-length', length)
    if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`)
    if (request.method === 'HEAD') {
      // An empty stream: for no body at all the framework would write a length of 0.
      reply.send(Readable.from([]))
      return sent
    }
    const { body } = await engine.documents.content(actor, params.id, range)
    reply.send(Readable.fromWeb(body as NodeReadableStream<Uint8Array>))
    return sent
  })
}

/** A type that cannot smuggle anything into the header; octets otherwise. */
function safeType(mimeType: string | null): string {
  if (!mimeType || !/^[\w.+-]+\/[\w.+-]+(;\s*charset=[\w-]+)?$/i.test(mimeType)) return 'application/octet-stream'
  return /^text\//i.test(mimeType) && !/charset/i.test(mimeType) ? `${mimeType}; charset=utf-8` : mimeType
}
