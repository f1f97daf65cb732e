import { pipeline, type Readable, Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { EgressError } from './egress-error.ts'
import { judgeFailure } from './judge-failure.ts'

/** Sent as Accept-Encoding. No `deflate`: servers disagree on what it means (RFC 9110, section 8.4.1.2). */
export const acceptedEncodings = 'gzip, br'

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
}

export interface BodyOptions {
  readonly raw: Readable
  readonly headers: Headers
  readonly host: string
  readonly maxBytes: number
  readonly signal: AbortSignal
  /** Called when the body has ended in whatever way. */
  readonly onEnd: () => void
}

/**
 * The decoded body as a web stream that reads only when it is read. Bytes are counted as they come, both before and after
 * decoding, so that a small body which unpacks to a huge one ends at `maxBytes` and not in memory.
 *
 * A failure reaches the reader as an EgressError. `headers` lose what spoke of the packed body alone.
 */
export function streamBody(options: BodyOptions): ReadableStream<Uint8Array> {
  const { raw, host, maxBytes, signal } = options
  const { body, packedBytes } = decode(raw, options.headers, host, maxBytes)
  const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]()
  let bytes = 0

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next()
          if (done) {
            options.onEnd()
            controller.close()
            return
          }
          bytes += value.byteLength
          if (bytes > maxBytes) throw tooLarge(host, maxBytes)
          controller.enqueue(new Uint8Array(value))
        } catch (error) {
          options.onEnd()
          if (isEmpty(raw, packedBytes, error)) {
            controller.close()
            return
          }
          const failure = judgeFailure(signal.aborted ? signal.reason : error, host, true)
          raw.destroy()
          body.destroy()
          controller.error(failure)
        }
      },
      cancel() {
        options.onEnd()
        // Not through the iterator: that would wait for the read which is under way.
        raw.destroy()
        body.destroy()
      },
    },
    { highWaterMark: 0 },
  )
}

const utf8 = new TextDecoder()

/** The decoded body as text: counted, and failing, as `streamBody` has it. @throws EgressError */
export function readText({ raw, headers, host, maxBytes, signal, onEnd }: BodyOptions): Promise<string> {
  const { body, packedBytes } = decode(raw, headers, host, maxBytes)
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let bytes = 0
    let isOver = false
    const end = () => {
      isOver = true
      onEnd()
      resolve(utf8.decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)))
    }
    const fail = (error: unknown) => {
      if (isOver) return
      isOver = true
      onEnd()
      if (isEmpty(raw, packedBytes, error)) return resolve('')
      reject(judgeFailure(signal.aborted ? signal.reason : error, host, true))
      raw.destroy()
      body.destroy()
    }
    body.on('data', (chunk: Uint8Array) => {
      bytes += chunk.byteLength
      chunks.push(chunk)
      if (bytes > maxBytes) fail(tooLarge(host, maxBytes))
    })
    body.once('end', end)
    body.once('error', fail)
    // Without an end before it.
    body.once('close', () => fail(undefined))
  })
}

/** Undoes Content-Encoding (RFC 9110, section 8.4.1). An encoding that we did not ask for is left to the reader. */
function decode(
  raw: Readable,
  headers: Headers,
  host: string,
  maxBytes: number,
): { body: Readable; packedBytes: () => number | undefined } {
  const encodings = (headers.get('content-encoding') ?? '')
    .split(',')
    .map((encoding) => encoding.trim().toLowerCase())
    .filter((encoding) => encoding !== '' && encoding !== 'identity')
  const known = encodings.every((encoding) => Object.hasOwn(decoders, encoding))
  if (encodings.length === 0 || encodings.length > 3 || !known) {
    return { body: raw, packedBytes: () => undefined }
  }
  headers.delete('content-encoding')
  headers.delete('content-length')

  let packed = 0
  const counter = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      packed += chunk.byteLength
      // Packed data can go on for ever without unpacking to anything.
      if (packed > maxBytes) done(tooLarge(host, maxBytes))
      else done(null, chunk)
    },
  })
  const steps = encodings.reverse().map((encoding) => decoders[encoding]!())
  // The callback takes no part: the last step carries the error to the reader.
  pipeline([raw, counter, ...steps], () => {})
  return { body: steps.at(-1)!, packedBytes: () => packed }
}

/** A header said "gzip" of nothing at all: an empty body and no broken one. */
function isEmpty(raw: Readable, packedBytes: () => number | undefined, error: unknown): boolean {
  return raw.readableEnded && packedBytes() === 0 && (error as { code?: unknown } | null)?.code === 'Z_BUF_ERROR'
}

export function tooLarge(host: string, maxBytes: number): EgressError {
  return new EgressError('egress_too_large', `The host ${host} sent more than ${maxBytes} bytes.`, { sent: true })
}
