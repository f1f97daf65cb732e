/**
 * The workspace's events. One stream a page: it keeps the connections in the cache up to date and tells whoever listens.
 * What happened while nobody listened is read anew each time the stream opens.
 */
import type { QueryClient } from '@tanstack/react-query'
import type { Event as WellheadEvent } from '@wellhead/client'
import { type EventType, eventTypes } from '@wellhead/client/schema'
import { reloadConnection } from './connection-cache.ts'
import { connectionsQuery, runQuery } from './queries.ts'

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

const AGAIN_MS = 3_000

export function createLive(queries: QueryClient): Live {
  const events = createSignal<WellheadEvent>()
  const opened = createSignal<void>()
  const states = createSignal<void>()
  const reload = oncePerId((id) => reloadConnection(queries, id))
  let state: LiveState = 'opening'
  let position: string | undefined

  const become = (next: LiveState) => {
    if (state === next) return
    state = next
    states.tell()
  }

  function hear(event: WellheadEvent): void {
    if (event.connection_id !== null && isOfConnection(event.type)) reload(event.connection_id)
    if (event.run_id !== null) void queries.invalidateQueries({ queryKey: runQuery(event.run_id).queryKey })
    events.tell(event)
  }

  function follow(): () => void {
    let stream: EventSource
    let timer: ReturnType<typeof setTimeout> | undefined

    function open(): void {
      stream = new EventSource(position === undefined ? '/v1/events' : `/v1/events?after=${position}`)
      stream.addEventListener('open', () => {
        become('open')
        void queries.invalidateQueries({ queryKey: connectionsQuery.queryKey })
        opened.tell()
      })
      stream.addEventListener('error', () => {
        become('lost')
        // The browser tries again by itself, with Last-Event-ID, unless it was refused.
        if (stream.readyState !== EventSource.CLOSED) return
        clearTimeout(timer)
        timer = setTimeout(() => {
          // Signed out is told by this answer.
          void queries.refetchQueries({ queryKey: ['session'] })
          open()
        }, AGAIN_MS)
      })
      for (const type of eventTypes)
        stream.addEventListener(type, (message: MessageEvent<string>) => {
          position = message.lastEventId || position
          hear(JSON.parse(message.data) as WellheadEvent)
        })
    }

    open()
    return () => {
      clearTimeout(timer)
      stream.close()
    }
  }

  return { follow, onEvent: events.listen, onOpen: opened.listen, state: () => state, onState: states.listen }
}

const isOfConnection = (type: EventType) => type.startsWith('connection.')

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
