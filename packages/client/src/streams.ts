import { EventSourceParserStream } from 'eventsource-parser/stream'
import { type ClientOptions, send } from './call.ts'
import { type DocumentLine, type Event, finalRunEvents, routes } from './schema/index.ts'

export interface FollowOptions {
  /** Events after this position; 0 for all that are kept. Default: new ones, and for a run all. */
  readonly after?: number
  readonly signal?: AbortSignal
}

/**
 * The workspace's events, over as many connections as it takes: after a lost one it goes on from the last event. Ends when
 * the signal is aborted; throws a `ProblemError` when the API refuses.
 */
export function followEvents(options: ClientOptions, follow: FollowOptions): AsyncGenerator<Event, void> {
  return resumed(follow, (after) =>
    send(options, routes.events.subscribe, {}, { headers: streamHeaders(after), signal: follow.signal }),
  )
}

/** A run's events from the first (or from after `after`) to the one that ends it. */
export async function* followRun(
  options: ClientOptions,
  runId: string,
  follow: FollowOptions,
): AsyncGenerator<Event, void> {
  const events = resumed(follow, (after) =>
    send(
      options,
      routes.runs.events,
      { params: { id: runId } },
      { headers: streamHeaders(after), signal: follow.signal },
    ),
  )
  for await (const event of events) {
    yield event
    if (finalRunEvents.includes(event.type)) return
  }
}

function streamHeaders(after: number | undefined): Record<string, string> {
  return { accept: 'text/event-stream', ...(after === undefined ? {} : { 'last-event-id': String(after) }) }
}

async function* resumed(
  follow: FollowOptions,
  open: (after: number | undefined) => Promise<Response>,
): AsyncGenerator<Event, void> {
  let after = follow.after
  let retryMs = 1_000
  let losses = 0
  while (!follow.signal?.aborted) {
    try {
      const response = await open(after)
      // 204: nothing follows (HTML Living Standard, section 9.2.3).
      if (response.status === 204 || !response.body) return
      const messages = response.body
        .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
        .pipeThrough(
          new EventSourceParserStream({
            onRetry: (milliseconds) => {
              retryMs = milliseconds
            },
          }),
        )
      for await (const message of messages) {
        losses = 0
        const event = JSON.parse(message.data) as Event
        after = event.position
        yield event
      }
    } catch (error) {
      if (follow.signal?.aborted) return
      // A network fault, or a server that restarts, is no reason to give up; a refusal is.
      const status = (error as { status?: number }).status
      if (status !== undefined && status < 500 && status !== 429) throw error
      losses += 1
    }
    await pause(Math.min(retryMs * 2 ** losses, 30_000), follow.signal)
  }
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal?.addEventListener('abort', done)
  })
}

/**
 * A run's documents line by line as they are read, then one `run` line when it has finished.
 *
 * @throws Error when the stream ends before that line: a part is never taken for the whole
 */
export async function* followDocuments(
  options: ClientOptions,
  runId: string,
  follow: { readonly cursor?: string; readonly signal?: AbortSignal },
): AsyncGenerator<DocumentLine, void> {
  const response = await send(
    options,
    routes.runs.documents,
    { params: { id: runId }, query: { cursor: follow.cursor } },
    { headers: { accept: 'application/x-ndjson' }, signal: follow.signal },
  )
  let rest = ''
  let whole = false
  const decoded = response.body?.pipeThrough(
    new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>,
  )
  for await (const chunk of decoded ?? []) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) {
      const line = JSON.parse(text) as DocumentLine
      if ('run' in line) whole = true
      yield line
    }
  }
  if (!whole) throw new Error('The stream of documents ended early.')
}
