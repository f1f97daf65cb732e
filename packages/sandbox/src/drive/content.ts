import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'

/** The bytes of a file: written out, or made on the fly so that a large one costs no memory and no disk. */
export type Content =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'made'; readonly size: number; readonly seed: string }

const chunkBytes = 64 * 1024

export const sizeOf = (content: Content): number =>
  content.kind === 'text' ? Buffer.byteLength(content.text) : content.size

/** The bytes from `start` to `end`, both included; the same each time they are read. */
export function streamOf(content: Content, start = 0, end = sizeOf(content) - 1): Readable {
  if (content.kind === 'text') return Readable.from([Buffer.from(content.text).subarray(start, end + 1)])
  return Readable.from(madeBytes(content.seed, start, end), { objectMode: false, highWaterMark: chunkBytes })
}

/** Blocks of one pattern, each with its number in front, so that no part of a file can pass for another. */
function* madeBytes(seed: string, start: number, end: number): Generator<Buffer> {
  const pattern = patternOf(seed)
  for (let block = Math.floor(start / chunkBytes); block * chunkBytes <= end; block++) {
    const bytes = Buffer.from(pattern)
    bytes.writeUInt32BE(block, 0)
    const from = Math.max(0, start - block * chunkBytes)
    const to = Math.min(chunkBytes, end - block * chunkBytes + 1)
    yield bytes.subarray(from, to)
  }
}

function patternOf(seed: string): Buffer {
  const pattern = Buffer.alloc(chunkBytes)
  for (let at = 0, step = 0; at < chunkBytes; step++) {
    at += createHash('sha512').update(`${seed}/${step}`).digest().copy(pattern, at)
  }
  return pattern
}
