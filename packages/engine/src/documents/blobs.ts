/** Where content goes that is too large, or not text. A port: a local folder first. */
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'

export interface Blobs {
  /**
   * Streams content in and returns its size in bytes. What was written of a stream that breaks off, or grows beyond
   * `maxBytes`, is removed again.
   *
   * @throws BlobTooLarge
   */
  write(key: string, body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<number>
  /** First and last byte, inclusive. */
  read(key: string, range?: { start: number; end: number }): ReadableStream<Uint8Array>
  /** Also what a process that died in the middle of a `write` left of it. */
  erase(key: string): Promise<void>
}

export class BlobTooLarge extends Error {
  constructor(maxBytes: number) {
    super(`The content is larger than ${maxBytes} bytes.`)
    this.name = 'BlobTooLarge'
  }
}

export function createFolderBlobs(folder: string): Blobs {
  // Ids are unguessable letters and digits; two levels keep folders small.
  const pathOf = (key: string) => {
    if (!/^[A-Za-z0-9_]+$/.test(key)) throw new Error('A blob key has only letters, digits and underscores.')
    return join(folder, key.slice(-2), key)
  }
  return {
    async write(key, body, maxBytes) {
      const path = pathOf(key)
      const partial = `${path}.partial`
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const file = await open(partial, 'w', 0o600)
      let size = 0
      try {
        for await (const chunk of body) {
          size += chunk.byteLength
          if (size > maxBytes) throw new BlobTooLarge(maxBytes)
          // Not `write`, which may take a part of it alone.
          await file.writeFile(chunk)
        }
        await file.sync()
        await file.close()
        await rename(partial, path)
        return size
      } catch (error) {
        await file.close().catch(() => {})
        await rm(partial, { force: true })
        throw error
      }
    },
    read: (key, range) => Readable.toWeb(createReadStream(pathOf(key), range)) as ReadableStream<Uint8Array>,
    async erase(key) {
      await rm(`${pathOf(key)}.partial`, { force: true })
      await rm(pathOf(key), { force: true })
    },
  }
}
