import type { IncomingMessage } from 'node:http'

/** A body of ours is small: more than this is refused. */
const MOST_BYTES = 64 * 1024

export type Body = { readonly fields: Readonly<Record<string, string>> } | { readonly problem: string }

export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > MOST_BYTES) throw new RangeError('The body is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** The fields of a token request: of the one content type that is taken, each once (RFC 6749, section 3.2). */
export async function readFields(request: IncomingMessage, format: 'form' | 'json'): Promise<Body> {
  const text = await readText(request)
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (format === 'form') {
    if (type !== 'application/x-www-form-urlencoded') return { problem: 'The body must be form-encoded.' }
    const form = new URLSearchParams(text)
    const fields: Record<string, string> = {}
    for (const [name, value] of form) {
      if (Object.hasOwn(fields, name)) return { problem: `There is more than one ${name}.` }
      // Section 3.2: an empty parameter counts as an absent one.
      if (value !== '') fields[name] = value
    }
    return { fields }
  }
  if (type !== 'application/json') return { problem: 'The body must be JSON.' }
  try {
    const json: unknown = JSON.parse(text)
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      return { problem: 'The body must be an object.' }
    const entries = Object.entries(json)
    if (entries.some(([, value]) => typeof value !== 'string')) return { problem: 'Every field must be a text.' }
    return { fields: Object.fromEntries(entries) }
  } catch {
    return { problem: 'The body is not JSON.' }
  }
}
