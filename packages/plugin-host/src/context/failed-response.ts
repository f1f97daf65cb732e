import type { FailedResponse } from '@wellhead/datasource-node'

const maxBytes = 64 * 1024

/**
 * Reads an unsuccessful answer: at most 64 KiB, for at most `timeoutMs`. A body that is cut off, broken off or slow is taken as far as it came:
 * the status says what happened, the body only says why.
 */
export async function readFailedResponse(response: Response, timeoutMs: number): Promise<FailedResponse> {
  const text = await readStart(response, timeoutMs)
  return { status: response.status, headers: response.headers, text, json: parse(text) }
}

async function readStart(response: Response, timeoutMs: number): Promise<string> {
  if (!response.body) return ''
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader()
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), timeoutMs)
  const decoder = new TextDecoder()
  let text = ''
  let room = maxBytes
  try {
    while (room > 0) {
      const { done, value } = await reader.read()
      if (done) break
      text += decoder.decode(value.subarray(0, room), { stream: true })
      room -= value.byteLength
    }
  } catch {
    // What came so far is all there is.
  } finally {
    clearTimeout(timer)
  }
  void reader.cancel().catch(() => {})
  return text
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
