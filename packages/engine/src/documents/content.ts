/** Where the content of a document goes: small text into the row, all else through the blob port. */
import { DataSourceError } from '@wellhead/datasource-node'
import { storable } from '../db/storable.ts'
import { type Blobs, BlobTooLarge } from './blobs.ts'

/** Bytes of text that sit in the row. */
const LARGEST_ROW_TEXT = 1_000_000

export type Content = string | AsyncIterable<string> | AsyncIterable<Uint8Array>

export interface StoredContent {
  readonly text?: string
  readonly blobKey?: string
  readonly size?: number
}

/**
 * Stores it whole or not at all; nothing of it is held in memory beyond the row's limit.
 *
 * @throws DataSourceError `content_unavailable` when it is larger than `maxBytes`, `invalid_response` when it is not `bytes` long
 */
export async function storeContent(
  blobs: Pick<Blobs, 'write'>,
  id: string,
  content: Content,
  options: { isText: boolean; maxBytes: number; bytes: number | null },
): Promise<StoredContent> {
  const { isText, maxBytes } = options
  const chunks = counted(bytesOf(typeof content === 'string' ? [content] : content), options.bytes)
  if (!isText) return intoBlob(blobs, id, chunks, maxBytes)
  // Held in memory up to the row's limit; beyond it, what is held goes ahead of the rest into a blob.
  const held: Uint8Array[] = []
  let size = 0
  for (;;) {
    const next = await chunks.next()
    if (next.done) {
      const text = storable(Buffer.concat(held).toString())
      return { text, size: Buffer.byteLength(text) }
    }
    held.push(next.value)
    size += next.value.byteLength
    if (size > maxBytes) {
      await chunks.return(undefined)
      throw tooLarge(maxBytes)
    }
    if (size > LARGEST_ROW_TEXT) return intoBlob(blobs, id, after(held, chunks), maxBytes)
  }
}

async function intoBlob(
  blobs: Pick<Blobs, 'write'>,
  id: string,
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<StoredContent> {
  try {
    return { blobKey: id, size: await blobs.write(id, chunks, maxBytes) }
  } catch (error) {
    // About this item alone, so that the others are still read.
    throw error instanceof BlobTooLarge ? tooLarge(maxBytes) : error
  }
}

const tooLarge = (maxBytes: number) =>
  new DataSourceError('content_unavailable', `The content is larger than ${maxBytes} bytes, the most that is taken.`)

async function* after(held: readonly Uint8Array[], rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* held
    // Goes on where the reading stopped, and ends the source's stream when the blob is not wanted to its end.
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}

/** The same bytes, and an error instead of their end when they are not as many as the provider said. */
async function* counted(chunks: AsyncGenerator<Uint8Array>, bytes: number | null): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.byteLength
    yield chunk
  }
  if (bytes !== null && size !== bytes)
    throw new DataSourceError('invalid_response', `The content has ${size} bytes, but the provider says ${bytes}.`)
}

async function* bytesOf(
  chunks: Iterable<string> | AsyncIterable<string> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  // Pieces of text may be cut in the middle of a character: its first half waits for the second.
  let half = ''
  for await (const chunk of chunks) {
    if (typeof chunk !== 'string') {
      yield chunk
      continue
    }
    const text = half + chunk
    half = /[\ud800-\udbff]$/.test(text) ? text.slice(-1) : ''
    yield Buffer.from(half ? text.slice(0, -1) : text)
  }
  if (half) yield Buffer.from(half)
}
