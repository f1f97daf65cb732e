/** Why a page could not be had at all. Each stand-in says it in its vendor's words. */
export type UnreadablePage =
  /** Not on this machine. */
  | 'elsewhere'
  | 'timeout'
  /** Neither text nor anything that can be made text. */
  | 'unsupported'
  /** No answer, an answer that is too large, or redirects without end. */
  | 'failed'

export class UnreadablePageError extends Error {
  readonly reason: UnreadablePage
  constructor(reason: UnreadablePage, message: string) {
    super(message)
    this.reason = reason
  }
}

export interface FetchedPage {
  /** After redirects. */
  readonly url: string
  readonly status: number
  /** Lower case, without parameters; `text/html` when the server names none. */
  readonly type: string
  readonly contentType: string | undefined
  readonly text: string
}

export interface FetchOptions {
  /** The name that robots.txt files address. */
  readonly userAgent: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

const maxBytes = 10 * 1024 * 1024
const maxRedirects = 10

/** A sandbox reads this machine's own pages and nobody else's. */
const isLoopback = (url: URL) => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)

/** GETs one URL over HTTP, following redirects. Answers with an error status too; throws UnreadablePageError when there is no answer. */
export async function fetchPage(target: string, options: FetchOptions): Promise<FetchedPage> {
  const timeout = AbortSignal.timeout(options.timeoutMs)
  const signal = AbortSignal.any([timeout, options.signal])
  try {
    let url = new URL(target)
    for (let hop = 0; hop <= maxRedirects; hop += 1) {
      if (!isLoopback(url))
        throw new UnreadablePageError(
          'elsewhere',
          `DNS resolution failed for hostname: ${url.hostname}. The sandbox reaches loopback addresses alone.`,
        )
      const headers = {
        'user-agent': `${options.userAgent} (sandbox)`,
        accept: 'text/html,*/*;q=0.8',
        ...options.headers,
      }
      const answer = await fetch(url.href, { redirect: 'manual', signal, headers })
      const location = answer.headers.get('location')
      if (answer.status < 300 || answer.status > 399 || location === null) return await read(url, answer)
      await answer.body?.cancel()
      if (!URL.canParse(location, url.href))
        throw new UnreadablePageError('failed', 'The page redirects to an invalid URL')
      url = new URL(location, url)
    }
    throw new UnreadablePageError('failed', 'The page redirects too often')
  } catch (error) {
    if (error instanceof UnreadablePageError) throw error
    if (timeout.aborted && !options.signal.aborted)
      throw new UnreadablePageError('timeout', `Scrape timed out after ${options.timeoutMs}ms`)
    throw new UnreadablePageError('failed', `The URL failed to load: ${reason(error)}`)
  }
}

async function read(url: URL, answer: Response): Promise<FetchedPage> {
  const contentType = answer.headers.get('content-type') ?? undefined
  const type = contentType?.split(';')[0]?.trim().toLowerCase() || 'text/html'
  if (!/^text\/|[/+](json|xml)$/.test(type)) {
    await answer.body?.cancel()
    throw new UnreadablePageError('unsupported', `Couldn't scrape the given file: ${type} is not supported`)
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body ?? []) {
    size += chunk.length
    if (size > maxBytes) throw new UnreadablePageError('failed', `The page is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  const text = decode(Buffer.concat(chunks), contentType)
  return { url: url.href, status: answer.status, type, contentType, text }
}

function decode(bytes: Uint8Array, contentType: string | undefined): string {
  const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(contentType ?? '')?.[1]
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    // An encoding nobody knows: UTF-8, with replacement characters where it does not fit.
    return new TextDecoder().decode(bytes)
  }
}

function reason(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  if (cause instanceof Error) return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  return String(cause)
}
