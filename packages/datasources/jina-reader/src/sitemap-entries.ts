import { Parser } from 'htmlparser2'

export interface SitemapEntry {
  /** `sitemap`: of an index, another sitemap. */
  readonly kind: 'page' | 'sitemap'
  readonly location: string
}

/** Bytes of one sitemap, unpacked: https://www.sitemaps.org/protocol.html#index */
const MOST_BYTES = 50 * 1024 * 1024
/** Longer locations than this are none (the protocol says 2,048). */
const LONGEST_LOCATION = 4_096

/**
 * The entries of a sitemap or of an index of sitemaps, in batches as they come; gzip is unpacked.
 *
 * @throws RangeError when it is too large, TypeError when it is packed and broken, whatever the body's reader throws
 */
export async function* readEntries(body: ReadableStream<Uint8Array>): AsyncGenerator<readonly SitemapEntry[]> {
  const found: SitemapEntry[] = []
  const parser = entryParser((entry) => found.push(entry))
  const decoder = new TextDecoder()
  let bytes = 0
  for await (const chunk of await unpacked(body)) {
    bytes += chunk.byteLength
    if (bytes > MOST_BYTES) throw new RangeError('The sitemap is larger than a sitemap may be.')
    parser.write(decoder.decode(chunk, { stream: true }))
    if (found.length > 0) yield found.splice(0)
  }
  parser.end(decoder.decode())
  if (found.length > 0) yield found
}

function entryParser(onEntry: (entry: SitemapEntry) => void): Parser {
  // Without their prefixes: `<sm:loc>` is a `loc`, and the `loc` of an `image:image` is none of a page.
  const open: string[] = []
  let location = ''
  const kind = () => {
    const parent = open.at(-2)
    if (open.at(-1) !== 'loc') return undefined
    return parent === 'url' ? 'page' : parent === 'sitemap' ? 'sitemap' : undefined
  }
  return new Parser(
    {
      onopentag(name) {
        open.push(name.replace(/^.*:/, ''))
        location = ''
      },
      ontext(text) {
        if (kind() && location.length <= LONGEST_LOCATION) location += text
      },
      onclosetag() {
        const entry = kind()
        const text = location.trim()
        if (entry && text !== '' && text.length <= LONGEST_LOCATION) onEntry({ kind: entry, location: text })
        open.pop()
      },
    },
    { xmlMode: true, decodeEntities: true },
  )
}

/** Sitemaps named `.xml.gz` come as files, with no word of an encoding: known by their first two bytes (RFC 1952, section 2.3.1). */
async function unpacked(body: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>> {
  const reader = body.getReader()
  const first: Uint8Array[] = []
  let start = Buffer.alloc(0)
  while (start.length < 2) {
    const { done, value } = await reader.read()
    if (done) break
    first.push(value)
    start = Buffer.concat(first)
  }
  const whole = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const kept = first.shift()
      if (kept) return controller.enqueue(kept)
      const { done, value } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
  if (start[0] !== 0x1f || start[1] !== 0x8b) return whole
  return whole.pipeThrough(new DecompressionStream('gzip') as ReadableWritablePair<Uint8Array, Uint8Array>)
}
