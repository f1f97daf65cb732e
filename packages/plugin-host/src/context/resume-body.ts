/**
 * A body that survives its connection: when it breaks off, the rest is asked for (RFC 9110, section 14) and goes on where the
 * reader is. What comes is checked to be the rest of the very same content; when it is not, the reader gets an error and
 * never a mixture.
 */
import { DataSourceError, isDataSourceError } from '@wellhead/datasource-node'
import { type Call, toCaller } from './call.ts'
import { fetchWithin } from './fetch-within.ts'
import { guardBody } from './guard-body.ts'
import type { PreparedRequest } from './prepare-request.ts'
import { retryDelay, sleep } from './retry-delay.ts'
import { type Content, contentOf, isRest, isSame, type Place } from './same-content.ts'
import type { Answer } from './send.ts'

/** Resumptions in a row that bring no new byte, until it is given up. */
const mostInVain = 5

/** The same answer, whose body goes on. As it is where its bytes cannot be told by their place. */
export function resumeBody(call: Call, request: PreparedRequest, first: Answer): Response {
  const content = contentOf(first)
  if (!first.response.body || !content) return first.response
  const stopped = new AbortController()
  const { log, retry } = call.options
  /** The call, which also ends when the reader has enough. Made when it is needed: most bodies do not break off. */
  let again: Call | undefined

  let part: ReadableStreamDefaultReader<Uint8Array> = first.response.body.getReader()
  /** Where the reader is, and where it ends, once that is known. */
  let at = content.start
  let end = content.end
  /** Bytes of this part that the reader has already. */
  let toSkip = 0
  let inVain = 0

  async function resume(broken: DataSourceError): Promise<void> {
    let error = broken
    const signal = again?.options.signal ?? AbortSignal.any([call.options.signal, stopped.signal])
    again ??= { ...call, options: { ...call.options, signal } }
    for (;;) {
      if (++inVain > mostInVain) throw error
      log.debug('asking for the rest of a body that broke off', { bytes: at - content!.start, attempt: inVain })
      await sleep(retryDelay(inVain, retry?.baseMs ?? 1_000, undefined), signal)
      let answer: Answer
      try {
        answer = await fetchWithin(again, askingForRest(request, content!, { at, end }))
      } catch (thrown) {
        if (!isDataSourceError(thrown)) throw thrown
        // RFC 9110, section 15.5.17: it is shorter than what was read of it.
        if (thrown.status === 416) throw changed()
        if (thrown.code !== 'provider_unavailable') throw thrown
        error = thrown
        continue
      }
      toSkip = accept(answer)
      part = answer.response.body!.getReader()
      // Cancelled while the answer was on its way.
      if (stopped.signal.aborted) giveUp()
      return
    }
  }

  /** How many bytes of the answer come before the reader's place. @throws DataSourceError when it is not the rest */
  function accept(answer: Answer): number {
    const place = contentOf(answer)
    if (answer.response.body && place) {
      const isPart = answer.response.status === 206
      if (isPart ? isRest(content!, place, { at, end }) : isSame(content!, place)) {
        if (isPart) end ??= place.total
        return isPart ? 0 : at
      }
    }
    void answer.response.body?.cancel().catch(() => {})
    throw changed()
  }

  /** The next bytes of this part that are new; undefined when it ends, in whatever way it may. */
  async function read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const { done, value } = await part.read()
      if (done) return undefined
      const isOver = end !== undefined && at >= end
      if (isOver) return undefined
      const fresh = value.subarray(toSkip, end === undefined ? undefined : toSkip + end - at)
      toSkip = Math.max(0, toSkip - value.byteLength)
      if (fresh.byteLength > 0) return fresh
    }
  }

  /** The next bytes of the content; undefined at its end. */
  async function next(): Promise<Uint8Array | undefined> {
    for (;;) {
      let failure: DataSourceError
      try {
        const bytes = await read()
        if (bytes) {
          at += bytes.byteLength
          inVain = 0
          if (at - content!.start > request.maxBytes) throw tooLarge(request.maxBytes)
          return bytes
        }
        if (end === undefined ? toSkip === 0 : at >= end) return undefined
        // A server may give less of a range than it was asked for (RFC 9110, section 14.2).
        failure = new DataSourceError('provider_unavailable', 'The content ended before its end.')
      } catch (thrown) {
        if (end !== undefined && at >= end) return undefined
        if (!isDataSourceError(thrown) || thrown.code !== 'provider_unavailable') throw thrown
        failure = thrown
      }
      await resume(failure)
    }
  }

  const giveUp = () => void part.cancel().catch(() => {})

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const bytes = await next()
          if (bytes) return controller.enqueue(bytes)
          // Of a whole that was cut at the end of a range there is more.
          giveUp()
          controller.close()
        } catch (error) {
          giveUp()
          controller.error(error)
        }
      },
      cancel() {
        stopped.abort()
        giveUp()
      },
    },
    { highWaterMark: 0 },
  )
  return guardBody(first.response, (error) => toCaller(call, error), body)
}

function askingForRest(request: PreparedRequest, content: Content, { at, end }: Place): PreparedRequest {
  const { 'if-range': _, ...headers } = request.headers
  const last = end === undefined || content.endsWithWhole ? '' : end - 1
  return {
    ...request,
    headers: {
      ...headers,
      range: `bytes=${at}-${last}`,
      ...(content.ifRange === undefined ? {} : { 'if-range': content.ifRange }),
    },
  }
}

function changed(): DataSourceError {
  return new DataSourceError('provider_unavailable', 'The content changed while it was read.')
}

function tooLarge(maxBytes: number): DataSourceError {
  return new DataSourceError('invalid_response', `The provider sent more than ${maxBytes} bytes.`)
}
