/**
 * Signals say "look again": they are sent with NOTIFY inside the transaction that changes a row, and wake whoever waits
 * for it in any process. They are hints. A pooler or a reconnect may lose one, so every waiter also polls.
 */
import { type SQL, sql } from 'drizzle-orm'
import postgres from 'postgres'
import { type Database, reconnectAfter, type Transaction } from './database.ts'

/** Of NOTIFY. */
export const CHANNEL = 'wellhead'

/**
 * In a select: sends the keys that `key` is in the rows of `from` as one notification, as each is carried to every process. Of a hundred
 * rows at most, so that they fit into the 8000 bytes that NOTIFY takes.
 */
export const notifyAll = (key: SQL, from: SQL): SQL =>
  sql`(select pg_notify(${CHANNEL}, string_agg(${key}, ${BETWEEN_KEYS})) from ${from})`

const BETWEEN_KEYS = ' '

/** What the listening connection of each process is called at the server. */
export const SIGNALS_NAME = 'wellhead signals'

export interface Signals {
  /** Resolves at the next signal for `key`, after `ms`, or when the signal aborts; says nothing about which. */
  wait(key: string, ms: number, signal?: AbortSignal): Promise<void>
  on(key: string, listener: () => void): () => void
  close(): Promise<void>
}

export async function notify(db: Database | Transaction, key: string): Promise<void> {
  await db.execute(sql`select pg_notify(${CHANNEL}, ${key})`)
}

export async function listenForSignals(directUrl: string): Promise<Signals> {
  const client = postgres(directUrl, {
    max: 1,
    backoff: reconnectAfter,
    onnotice: () => {},
    connection: { application_name: SIGNALS_NAME },
  })
  const listeners = new Map<string, Set<() => void>>()
  const wake = (key: string) => {
    for (const listener of [...(listeners.get(key) ?? [])]) listener()
  }
  const wakeAll = (keys: Iterable<string>) => {
    for (const key of keys) wake(key)
  }
  // After a reconnect anything may have been missed: wake all.
  await client.listen(
    CHANNEL,
    (payload) => wakeAll(payload.split(BETWEEN_KEYS)),
    () => wakeAll([...listeners.keys()]),
  )

  function on(key: string, listener: () => void): () => void {
    const set = listeners.get(key) ?? new Set()
    listeners.set(key, set.add(listener))
    return () => {
      set.delete(listener)
      if (set.size === 0 && listeners.get(key) === set) listeners.delete(key)
    }
  }

  return {
    on,
    wait(key, ms, signal) {
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer)
          off()
          signal?.removeEventListener('abort', done)
          resolve()
        }
        const timer = setTimeout(done, ms)
        const off = on(key, done)
        signal?.addEventListener('abort', done)
        if (signal?.aborted) done()
      })
    },
    close: () => client.end({ timeout: 5 }),
  }
}
