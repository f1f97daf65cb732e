/**
 * Server-sent events (HTML Living Standard, section 9.2), written by hand: the plugin of the framework waits for ever on a
 * reader that leaves while it is slow, and has no place to ask again whether the caller still may listen.
 */
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Caller } from './caller.ts'
import { sent } from './register.ts'

export interface ServerSentEvent {
  readonly id?: number
  readonly event: string
  readonly data: unknown
}

export interface OpenStreams {
  /** Sends what `source` yields until it ends, the reader leaves, its right ends or the server closes. */
  send(
    reply: FastifyReply,
    source: (signal: AbortSignal) => AsyncIterable<ServerSentEvent>,
    caller?: Pick<Caller, 'stillValid' | 'recheckMs'>,
  ): typeof sent
  /** The same for lines of JSON. A fault cuts the answer off, so that a part is not taken for the whole. */
  sendLines(
    reply: FastifyReply,
    source: (signal: AbortSignal) => AsyncIterable<unknown>,
    caller?: Pick<Caller, 'stillValid' | 'recheckMs'>,
  ): typeof sent
  /** Ends all of them: a server that closes waits for its open answers. */
  close(): void
}

export function createOpenStreams(options: { heartbeatMs: number }): OpenStreams {
  const open = new Set<() => void>()

  function pump<Item>(
    reply: FastifyReply,
    source: (signal: AbortSignal) => AsyncIterable<Item>,
    format: (item: Item) => string,
    ends: { opening: string; heartbeat: string | null; caller: Pick<Caller, 'stillValid' | 'recheckMs'> | undefined },
  ): typeof sent {
    const body = new PassThrough()
    const controller = new AbortController()
    let cutOff = false
    const stop = () => controller.abort()
    open.add(stop)
    body.on('close', stop)
    // The reader's leaving is not an error of ours.
    body.on('error', stop)
    const timers: NodeJS.Timeout[] = []
    const { caller, heartbeat } = ends
    if (heartbeat !== null)
      timers.push(setInterval(() => body.writableLength === 0 && body.write(heartbeat), options.heartbeatMs))
    if (caller)
      timers.push(
        setInterval(() => {
          caller.stillValid().then(
            (valid) => {
              if (valid) return
              cutOff = true
              stop()
            },
            // A database that is away for a moment takes nobody's right.
            () => {},
          )
        }, caller.recheckMs),
      )
    for (const timer of timers) timer.unref()
    if (ends.opening) body.write(ends.opening)

    void (async () => {
      try {
        for await (const item of source(controller.signal)) {
          if (controller.signal.aborted) break
          if (!body.write(format(item))) await once(body, 'drain', { signal: controller.signal })
        }
      } catch (error) {
        if (!controller.signal.aborted) {
          reply.log.error({ error: (error as Error).name }, 'a stream of events or documents broke off')
          cutOff = true
        }
      } finally {
        for (const timer of timers) clearInterval(timer)
        open.delete(stop)
        if (heartbeat === null && (cutOff || controller.signal.aborted))
          body.destroy(new Error('The stream was cut off.'))
        else body.end()
      }
    })()
    // Kept alive after its end, the connection would hold up a server that closes.
    reply.header('connection', 'close').send(body)
    return sent
  }

  return {
    send: (reply, source, caller) =>
      pump(
        reply
          .code(200)
          .header('content-type', 'text/event-stream; charset=utf-8')
          .header('cache-control', 'no-store')
          // nginx would keep events back in its buffer.
          .header('x-accel-buffering', 'no'),
        source,
        ({ id, event, data }) =>
          `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
        { opening: 'retry: 2000\n\n', heartbeat: ': still here\n\n', caller },
      ),
    sendLines: (reply, source, caller) =>
      pump(
        reply.code(200).header('content-type', 'application/x-ndjson').header('cache-control', 'no-store'),
        source,
        (item) => `${JSON.stringify(item)}\n`,
        { opening: '', heartbeat: null, caller },
      ),
    close() {
      for (const stop of open) stop()
    },
  }
}
