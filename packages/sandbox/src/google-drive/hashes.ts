import { createHash } from 'node:crypto'
import { setImmediate as breathe } from 'node:timers/promises'
import { type Content, streamOf } from '../drive/content.ts'

const breathAfterBytes = 2 * 1024 * 1024

/** MD5 of contents, each made once and when it is first asked for, while others are served. */
export function createHashes(): (content: Content) => Promise<string> {
  const known = new WeakMap<Content, Promise<string>>()
  return (content) => {
    const hash = known.get(content) ?? md5Of(content)
    known.set(content, hash)
    return hash
  }
}

async function md5Of(content: Content): Promise<string> {
  const hash = createHash('md5')
  let since = 0
  for await (const chunk of streamOf(content) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    since += chunk.length
    if (since < breathAfterBytes) continue
    since = 0
    await breathe()
  }
  return hash.digest('hex')
}
