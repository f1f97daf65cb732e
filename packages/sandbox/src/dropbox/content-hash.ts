import { createHash } from 'node:crypto'
import { type Content, type ContentHash, hashOf } from '../drive/content.ts'

const blockBytes = 4 * 1024 * 1024

/** SHA-256 over the SHA-256 of each block of 4 MiB. https://www.dropbox.com/developers/reference/content-hash */
function createBlockHash(): ContentHash {
  const overall = createHash('sha256')
  let block = createHash('sha256')
  let inBlock = 0
  const finishBlock = () => {
    overall.update(block.digest())
    block = createHash('sha256')
    inBlock = 0
  }
  return {
    update(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const part = bytes.subarray(at, at + blockBytes - inBlock)
        block.update(part)
        inBlock += part.length
        at += part.length
        if (inBlock === blockBytes) finishBlock()
      }
    },
    digest(encoding) {
      if (inBlock > 0) finishBlock()
      return overall.digest(encoding)
    },
  }
}

/** Those of content that is made on the fly are kept: a large file takes a second. */
export function createContentHashes(): (content: Content) => string {
  const known = new Map<string, string>()
  return (content) => {
    if (content.kind === 'text') return hashOf(content, createBlockHash())
    const key = `${content.seed} ${content.size}`
    const hash = known.get(key) ?? hashOf(content, createBlockHash())
    known.set(key, hash)
    return hash
  }
}
