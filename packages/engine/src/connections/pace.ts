/**
 * The pace of a connection over all processes. Each process lets so many requests be under way at once; when the next one
 * may go is a row of the connection, moved on by the database's clock with each request, and by a pause for everybody.
 *
 * A data source that names no rate has no row until its provider asks to wait: each request only looks for one.
 */
import type { Logger, Pace } from '@wellhead/datasource-node'
import { createPacer, type Pacer, type Slots, savedMs, spacingMs } from '@wellhead/plugin-host'
import type { Database } from '../db/database.ts'
import { eq, sql } from '../db/query.ts'
import { paces } from '../db/schema/index.ts'
import { notify, type Signals } from '../db/signals.ts'
import { reasonOf } from '../db/until-it-lands.ts'

/** A provider that says more than a day is asked again after one: it may have been a mistake. */
const LONGEST_PAUSE_MS = 24 * 3_600_000

export interface Paces {
  of(connectionId: string, pace: Pace): Pacer
  /** Connections of this process with a request under way, or one that waits: all that is held in memory. */
  inUse(): number
}

export function createPaces(deps: { db: Database; signals: Signals; log: Logger }): Paces {
  const used = new Map<string, { readonly pacer: Pacer; users: number }>()

  return {
    of(connectionId, pace) {
      const slots = slotsOf(deps, connectionId, pace)
      // Settings may have changed the pace while requests at the former one are under way.
      const key = `${connectionId} ${pace.perSecond} ${pace.burst} ${pace.parallel}`
      return {
        async admit(signal, mostMs) {
          const own = used.get(key) ?? { pacer: createPacer(pace, slots), users: 0 }
          used.set(key, own)
          own.users++
          let isOver = false
          const over = () => {
            if (isOver) return
            isOver = true
            if (--own.users === 0) used.delete(key)
          }
          try {
            const leave = await own.pacer.admit(signal, mostMs)
            return () => {
              leave()
              over()
            }
          } catch (error) {
            over()
            throw error
          }
        },
        pause: (ms) => slots.pause(ms),
      }
    },
    inUse: () => used.size,
  }
}

const paceSignal = (connectionId: string): string => `pace:${connectionId}`

const milliseconds = (ms: number) => sql`${`${Math.ceil(ms)} milliseconds`}::interval`
const untilFree = sql<number>`extract(epoch from ${paces.freeAt} - clock_timestamp()) * 1000`.mapWith(Number)

function slotsOf(
  { db, signals, log }: { db: Database; signals: Signals; log: Logger },
  connectionId: string,
  pace: Pace,
): Slots {
  // Up, so that no rounding makes it faster.
  const spacing = Math.ceil(spacingMs(pace))
  const saved = Math.floor(savedMs(pace))
  const from = sql`clock_timestamp() - ${milliseconds(saved)}`

  async function look(): Promise<number> {
    const [row] = await db.select({ ms: untilFree }).from(paces).where(eq(paces.connectionId, connectionId))
    return Math.max(0, row?.ms ?? 0)
  }

  /** Milliseconds until the slot that was taken; undefined when it is too far off, and was not. */
  async function reserve(mostMs: number): Promise<number | undefined> {
    const [row] = await db
      .insert(paces)
      .values({ connectionId, freeAt: sql`${from} + ${milliseconds(spacing)}` as never })
      .onConflictDoUpdate({
        target: paces.connectionId,
        set: { freeAt: sql`greatest(${paces.freeAt}, ${from}) + ${milliseconds(spacing)}` },
        setWhere: sql`${paces.freeAt} <= clock_timestamp() + ${milliseconds(mostMs)}`,
      })
      .returning({ ms: untilFree })
    return row && Math.max(0, row.ms - spacing)
  }

  return {
    async take(mostMs) {
      const most = Math.min(Math.max(0, mostMs), LONGEST_PAUSE_MS)
      const reserved = spacing === 0 ? undefined : await reserve(most)
      if (reserved !== undefined) return { waitMs: reserved, isTaken: true }
      const waitMs = await look()
      // Without a rate nothing is taken. With one, nothing was: it may have come free since, for who asks again.
      return { waitMs, isTaken: spacing === 0 && waitMs <= most }
    },

    wait: (ms, signal) => signals.wait(paceSignal(connectionId), Math.ceil(ms), signal),

    async pause(ms) {
      const freeAt = sql`clock_timestamp() + ${milliseconds(Math.min(ms, LONGEST_PAUSE_MS))}`
      try {
        await db.transaction(async (tx) => {
          await tx
            .insert(paces)
            .values({ connectionId, freeAt: freeAt as never })
            .onConflictDoUpdate({
              target: paces.connectionId,
              set: { freeAt: sql`greatest(${paces.freeAt}, ${freeAt})` },
            })
          await notify(tx, paceSignal(connectionId))
        })
      } catch (error) {
        // Whoever was told to wait waits; the others will be told.
        log.warn('a pause of a connection was not written', { connectionId, error: reasonOf(error) })
      }
    },
  }
}
