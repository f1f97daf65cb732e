import { createHash } from 'node:crypto'
import { DataSourceError } from '@wellhead/datasource-node'

const blockBytes = 4 * 1024 * 1024

/** What a content must come to, as far as Dropbox says it. */
export interface Expected {
  readonly hash: string | null | undefined
  readonly size: number | null | undefined
}

/**
 * Lets a content through, no faster than it is read, and makes sure at its end that it is the one that Dropbox described: by its hash,
 * which is the SHA-256 over the SHA-256 of each block of 4 MiB, and by its size. One that is not fails with `provider_unavailable` in place
 * of its end. https://www.dropbox.com/developers/reference/content-hash
 */
export function verified(body: ReadableStream<Uint8Array> | null, expected: Expected): ReadableStream<Uint8Array> {
  const reader: ReadableStreamDefaultReader<Uint8Array> = (body ?? nothing()).getReader()
  const hash = createBlockHash()
  let size = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read()
        if (!done) {
          hash.update(value)
          size += value.byteLength
          controller.enqueue(value)
          return
        }
        const found = hash.digest()
        if ((expected.size ?? size) !== size || (expected.hash?.toLowerCase() ?? found) !== found)
          throw new DataSourceError('provider_unavailable', 'What Dropbox sent is not the content that it announced.')
        controller.close()
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

function createBlockHash() {
  const overall = createHash('sha256')
  let block = createHash('sha256')
  let inBlock = 0
  const finishBlock = () => {
    overall.update(block.digest())
    block = createHash('sha256')
    inBlock = 0
  }
  return {
    update(bytes: Uint8Array): void {
      for (let at = 0; at < bytes.byteLength; ) {
        const part = bytes.subarray(at, at + blockBytes - inBlock)
        block.update(part)
        inBlock += part.byteLength
        at += part.byteLength
        if (inBlock === blockBytes) finishBlock()
      }
    },
    digest(): string {
      if (inBlock > 0) finishBlock()
      return overall.digest('hex')
    },
  }
}

function nothing(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() })
}
