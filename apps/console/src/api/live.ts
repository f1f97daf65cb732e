/**
 * The workspace's events. They keep the connections in the cache up to date, and are told to whoever listens. What happened while
 * nobody listened is read anew each time the stream opens.
 */
import type { QueryClient } from '@tanstack/react-query'
import type { Event as WellheadEvent } from '@wellhead/client'
import { eventTypes } from '@wellhead/client/schema'
import { reloadConnection } from './connection-cache.ts'
import { connectionsQuery, runQuery } from './queries.ts'
import { followShared } from './shared-stream.ts'

export type LiveState = 'opening' | 'open' | 'lost'

export interface Live {
  /** Begins to follow; ends with the function it gives back. */
  follow(): () => void
  /** Calls `listener` for each event from now on. */
  onEvent(listener: (event: WellheadEvent) => void): () => void
  /** Calls `listener` when the stream has opened, at first and again: something may have been missed. */
  onOpen(listener: () => void): () => void
  state(): LiveState
  onState(listener: () => void): () => void
}

type Message = { readonly state: LiveState } | { readonly event: WellheadEvent }

const AGAIN_MS = 3_000

/** @param workspace Its id: a browser may have tabs of one and tabs of another. */
export function createLive(queries: QueryClient, workspace: string): Live {
  const events = createSignal<WellheadEvent>()
  const opened = createSignal<void>()
  const states = createSignal<void>()
  const reload = oncePerId((id) => reloadConnection(queries, id))
  let state: LiveState = 'opening'
  let position: number | undefined

  function hear(message: Message): void {
    if ('event' in message) hearEvent(message.event)
    else if (message.state !== state) become(message.state)
  }

  function become(next: LiveState): void {
    state = next
    states.tell()
    if (state !== 'open') return
    void queries.invalidateQueries({ queryKey: connectionsQuery.queryKey })
    opened.tell()
  }

  function hearEvent(event: WellheadEvent): void {
    position = event.position
    if (event.connection_id !== null && event.type.startsWith('connection.')) reload(event.connection_id)
    if (event.run_id !== null) void queries.invalidateQueries({ queryKey: runQuery(event.run_id).queryKey })
    events.tell(event)
  }

  /** Over as many connections as it takes. */
  function open(tell: (message: Message) => void): () => void {
    let stream: EventSource
    let timer: ReturnType<typeof setTimeout> | undefined

    function connect(): void {
      stream = new EventSource(position === undefined ? '/v1/events' : `/v1/events?after=${position}`)
      stream.addEventListener('open', () => tell({ state: 'open' }))
      stream.addEventListener('error', () => {
        tell({ state: 'lost' })
        // The browser tries again by itself, with Last-Event-ID, unless it was refused.
        if (stream.readyState !== EventSource.CLOSED) return
        timer = setTimeout(() => {
          // Signed out is told by this answer.
          void queries.refetchQueries({ queryKey: ['session'] })
          connect()
        }, AGAIN_MS)
      })
      for (const type of eventTypes)
        stream.addEventListener(type, ({ data }: MessageEvent<string>) =>
          tell({ event: JSON.parse(data) as WellheadEvent }),
        )
    }

    connect()
    return () => {
      clearTimeout(timer)
      stream.close()
    }
  }

  return {
    follow: () =>
      followShared(`wellhead-events-${workspace}`, {
        open,
        hear,
        standing: () => (state === 'opening' ? undefined : { state }),
      }),
    onEvent: events.listen,
    onOpen: opened.listen,
    state: () => state,
    onState: states.listen,
  }
}

function createSignal<Value>() {
  const listeners = new Set<(value: Value) => void>()
  return {
    tell: (value: Value) => {
      for (const listener of listeners) listener(value)
    },
    listen: (listener: (value: Value) => void) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

/** One request at a time for each id, and one more when it was asked for meanwhile. */
function oncePerId(work: (id: string) => Promise<void>): (id: string) => void {
  const asked = new Map<string, boolean>()
  return function ask(id) {
    if (asked.has(id)) {
      asked.set(id, true)
      return
    }
    asked.set(id, false)
    work(id)
      // The next event, or the next look at the list, makes it good.
      .catch(() => {})
      .finally(() => {
        const again = asked.get(id)
        asked.delete(id)
        if (again) ask(id)
      })
  }
}
