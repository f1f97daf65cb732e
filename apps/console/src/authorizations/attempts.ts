/**
 * OAuth attempts: begun here, carried through in another window or in this one, and followed by the server's word alone. What a
 * window says of itself is worth nothing: a provider's opener policy makes an open one look closed, and takes its opener.
 *
 * They are kept in the tab's own storage, so that one that goes through this tab, or over a reload, is found again. They hold no
 * secret: the URL is a page of ours that is good in this browser alone.
 */
import type { Authorization, Connection, DataSource } from '@wellhead/client'
import { api, isProblem } from '../api/client.ts'

export interface Attempt {
  readonly id: string
  readonly dataSource: string
  readonly connectUrl: string
  /** The authorization name that was asked for, or that the connection has. */
  readonly name: string | null
  /** The connection that is authorized again, later the one that came of it. */
  readonly connectionId: string | null
  /** Whether a connection is authorized again. */
  readonly again: boolean
  readonly status: Authorization['status']
  /** What happened, as the server says. */
  readonly error: Authorization['error']
}

/** What is to be authorized: a new connection, or one again. */
export interface Wanted {
  readonly name?: string
  readonly connection?: Pick<Connection, 'id' | 'name'>
}

export interface Attempts {
  /**
   * Begins one and sends `opened` on, or this page when there is no window: the browser blocked it.
   *
   * @throws ProblemError
   */
  begin(source: DataSource, wanted: Wanted, opened: Window | null): Promise<Attempt>
  /** Looks up how it stands. */
  lookAt(id: string): Promise<void>
  /** Looks up how all that are open stand. */
  lookAtAll(): Promise<void>
  forget(id: string): void
  list(): readonly Attempt[]
  onChange(listener: () => void): () => void
}

const KEPT = 'wellhead.attempts'

export const isOpen = (attempt: Attempt) => attempt.status === 'pending' || attempt.status === 'exchanging'

/** `settled` is called, and waited for, before an attempt is shown as ended. */
export function createAttempts(settled: (attempt: Attempt) => Promise<void>): Attempts {
  const listeners = new Set<() => void>()
  let attempts = read()

  function change(next: readonly Attempt[]): void {
    attempts = next
    sessionStorage.setItem(KEPT, JSON.stringify(next))
    for (const listener of listeners) listener()
  }

  const open = (id: string) => attempts.find((attempt) => attempt.id === id && isOpen(attempt))

  async function lookAt(id: string): Promise<void> {
    const attempt = open(id)
    if (attempt === undefined) return
    const found = await api.authorizations.get({ params: { id } }).catch((error) => {
      // The next look may tell.
      if (!isProblem(error, 'authorization_not_found')) return undefined
      return { status: 'expired' as const, error: null, connection_id: attempt.connectionId }
    })
    if (found === undefined || found.status === attempt.status) return
    const next: Attempt = {
      ...attempt,
      status: found.status,
      error: found.error,
      connectionId: found.connection_id ?? attempt.connectionId,
    }
    if (!isOpen(next)) await settled(next)
    // Two looks may have found the same.
    if (open(id)) change(attempts.map((one) => (one.id === id ? next : one)))
  }

  return {
    async begin(source, { name, connection }, opened) {
      try {
        const created = await api.authorizations.create({
          body: {
            data_source: source.id,
            ...(connection ? { connection_id: connection.id } : name ? { name } : {}),
          },
        })
        const attempt: Attempt = {
          id: created.id,
          dataSource: source.id,
          connectUrl: created.connect_url,
          name: connection?.name ?? (name || null),
          connectionId: connection?.id ?? null,
          again: connection !== undefined,
          status: 'pending',
          error: null,
        }
        change([...attempts, attempt])
        goOn(attempt, opened)
        return attempt
      } catch (error) {
        opened?.close()
        throw error
      }
    },
    lookAt,
    lookAtAll: async () => {
      await Promise.all(attempts.filter(isOpen).map(({ id }) => lookAt(id)))
    },
    forget: (id) => change(attempts.filter((attempt) => attempt.id !== id)),
    list: () => attempts,
    onChange(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

/**
 * An empty window, to be opened in the very click: later the browser would block it. Each has a name of its own, so several
 * attempts may be under way. `null` when it was blocked.
 */
export function openWindow(title: string): Window | null {
  const opened = window.open('about:blank', '_blank', 'popup,width=620,height=780')
  if (opened) {
    opened.document.title = title
    opened.document.body.textContent = title
  }
  return opened
}

/** To the provider: in its window, or in this one, which comes back to where it is now. */
export function goOn(attempt: Attempt, opened: Window | null): void {
  if (opened) {
    opened.location.replace(attempt.connectUrl)
    return
  }
  rememberPlace()
  location.assign(attempt.connectUrl)
}

const PLACE = 'wellhead.place'

function rememberPlace(): void {
  sessionStorage.setItem(PLACE, location.pathname + location.search)
}

/** Where this page was when it went to a provider; told once. */
export function takePlace(): string | null {
  const place = sessionStorage.getItem(PLACE)
  sessionStorage.removeItem(PLACE)
  return place
}

function read(): readonly Attempt[] {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? '[]') as Attempt[]
  } catch {
    return []
  }
}
