import { createHash } from 'node:crypto'
import { setImmediate as breathe } from 'node:timers/promises'
import { type Content, streamOf } from '../drive/content.ts'

export type HashOf = (content: Content) => Promise<string>

const blockBytes = 4 * 1024 * 1024

/** Content hashes. Those of large files, which take a second, are made once and while others are served. */
export function createContentHashes(): HashOf {
  const known = new Map<string, Promise<string>>()
  return (content) => {
    if (content.kind === 'text') return contentHash(content)
    const key = `${content.seed} ${content.size}`
    const hash = known.get(key) ?? contentHash(content)
    known.set(key, hash)
    return hash
  }
}

/** SHA-256 over the SHA-256 of each block of 4 MiB. https://www.dropbox.com/developers/reference/content-hash */
async function contentHash(content: Content): Promise<string> {
  const overall = createHash('sha256')
  let block = createHash('sha256')
  let inBlock = 0
  for await (const bytes of streamOf(content) as AsyncIterable<Buffer>) {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + blockBytes - inBlock)
      block.update(part)
      inBlock += part.length
      at += part.length
      if (inBlock < blockBytes) continue
      overall.update(block.digest())
      block = createHash('sha256')
      inBlock = 0
      await breathe()
    }
  }
  if (inBlock > 0) overall.update(block.digest())
  return overall.digest('hex')
}
