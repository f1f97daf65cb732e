import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Content, sizeOf, streamOf } from './content.ts'

/** Sends bytes, the whole or the part that Range asks for (RFC 9110, section 14); 304 for If-None-Match. */
export function sendContent(
  request: FastifyRequest,
  reply: FastifyReply,
  file: {
    readonly content: Content
    readonly mimeType: string
    /** With its quotes; absent for a provider that has none. */
    readonly etag?: string
    /** Whether this host takes Range; one that does not sends the whole. Default true. */
    readonly ranges?: boolean
    /** The answer to a range that lies outside; absent: an empty 416. */
    unsatisfiable?(): unknown
  },
): FastifyReply {
  const size = sizeOf(file.content)
  const { range, 'if-range': ifRange, 'if-none-match': ifNoneMatch } = request.headers
  reply.header('content-type', file.mimeType)
  if (file.etag !== undefined) reply.header('etag', file.etag)
  if (file.etag !== undefined && ifNoneMatch === file.etag) return reply.code(304).send()
  if (file.ranges !== false) reply.header('accept-ranges', 'bytes')
  const wanted = file.ranges === false || (ifRange !== undefined && ifRange !== file.etag) ? undefined : range
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(wanted ?? '') ?? []
  if (from === '' && to === '') return reply.code(200).header('content-length', size).send(streamOf(file.content))
  // Without a start: the last so many bytes.
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (start >= size || start > end) {
    reply.code(416).header('content-range', `bytes */${size}`)
    // An error is no content of the file's type.
    reply.removeHeader('content-type')
    return file.unsatisfiable ? reply.send(file.unsatisfiable()) : reply.send()
  }
  return reply
    .code(206)
    .headers({ 'content-length': end - start + 1, 'content-range': `bytes ${start}-${end}/${size}` })
    .send(streamOf(file.content, start, end))
}
