import { DataSourceError, type FetchInit } from '@wellhead/datasource-node'

export interface PreparedRequest {
  readonly url: URL
  readonly method: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | undefined
  readonly replayable: boolean
  readonly timeoutMs: number
  readonly maxBytes: number
  /** Whether a body that breaks off is asked for again from there. */
  readonly resume: boolean
}

/** Checks what a data source asks for and fills in the contract's defaults. @throws DataSourceError `invalid_request` */
export function prepareRequest(url: string | URL, init: FetchInit): PreparedRequest {
  if (!URL.canParse(String(url)))
    throw new DataSourceError('invalid_request', 'The URL of the request is not absolute.')
  const method = (init.method ?? 'GET').toUpperCase()
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(init.headers ?? {})) headers[name.toLowerCase()] = value

  let body = init.body
  if (init.json !== undefined) {
    if (body !== undefined) throw new DataSourceError('invalid_request', 'A request has either `json` or `body`.')
    body = stringify(init.json)
    headers['content-type'] ??= 'application/json'
  }
  const replayable = init.replayable ?? (method === 'GET' || method === 'HEAD')
  const resume = (init.resume ?? false) && replayable
  // Bytes are counted as the reader gets them, so they must be the ones that Range counts.
  if (resume) headers['accept-encoding'] = 'identity'
  return {
    url: new URL(String(url)),
    method,
    headers,
    body,
    replayable,
    timeoutMs: init.timeoutMs ?? 30_000,
    maxBytes: init.maxBytes ?? 32 * 1024 * 1024,
    resume,
  }
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    throw new DataSourceError('invalid_request', 'The body of the request cannot be written as JSON.', { cause })
  }
}
