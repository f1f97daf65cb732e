/** A **trial** is one operation with trouble made for one of its requests, by the stand and on the wire. */
import type { DataSourceError } from '@wellhead/datasource-node'
import { expect } from 'vitest'
import type { Connection, SentRequest } from './connection.ts'
import type { Done, Operation } from './operations.ts'
import type { Stand, StandFault, Trouble } from './stand.ts'

type Fault = Omit<StandFault, 'method' | 'url'>

export interface Trial {
  readonly connection: Connection
  readonly stand: Stand
  readonly operation: Operation
}

/** One of the different requests of an operation, in the order in which they come. The same one sent again is no other. */
export interface Hit {
  /** Counted from 0. */
  readonly ordinal: number
  /** How often it was sent before. */
  readonly before: number
  readonly request: SentRequest
}

export interface Outcome {
  readonly done?: Done
  readonly error?: DataSourceError
  /** The times at which the request with the trouble was sent. */
  readonly hits: readonly { readonly at: number; readonly method: string }[]
}

/** Calls `onHit` for each request of the operation that trouble can be made for, right before it is sent. */
export async function perform(
  { connection, stand, operation }: Trial,
  onHit: (hit: Hit) => unknown,
  signal?: AbortSignal,
): Promise<Done> {
  const seen = new Map<string, { ordinal: number; sent: number }>()
  const reaches = (url: URL) => stand.trouble?.reaches?.(url) ?? true
  const onSend = async (request: SentRequest) => {
    if (!reaches(request.url)) return
    const key = `${request.method} ${request.url.href} ${request.body}`
    const known = seen.get(key) ?? { ordinal: seen.size, sent: 0 }
    seen.set(key, { ...known, sent: known.sent + 1 })
    await onHit({ ordinal: known.ordinal, before: known.sent, request })
  }
  return operation(connection.context({ onSend, ...(signal ? { signal } : {}) }))
}

/** How many different requests it takes when all goes well, and what comes of it then. */
export async function rehearse(trial: Trial): Promise<{ readonly done: Done; readonly requests: number }> {
  let requests = 0
  const done = await perform(trial, ({ ordinal }) => {
    requests = Math.max(requests, ordinal + 1)
  })
  expect(requests, 'requests that trouble can be made for').toBeGreaterThan(0)
  return { done, requests }
}

/** What polls takes a request more or less from one time to the next. */
const MOST_TRIES = 5

/**
 * Makes trouble for one request: each time that it is sent, or the `times` first. Where the operation was done before it came to that
 * request, it is tried again with the last one that it came to.
 */
export async function tryWith(
  trial: Trial,
  { at, fault, times = Number.POSITIVE_INFINITY }: { at: number; fault: Fault | readonly Fault[]; times?: number },
): Promise<Outcome> {
  const trouble: Trouble = trial.stand.trouble ?? expect.fail('The stand makes no trouble')
  const faults = [fault].flat()
  let place = at
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const hits: { at: number; method: string }[] = []
    let last = 0
    const onHit = ({ ordinal, before, request: { method, url } }: Hit) => {
      last = Math.max(last, ordinal)
      if (ordinal !== place) return
      hits.push({ at: performance.now(), method })
      if (before < times) trouble.fault({ ...faults[Math.min(before, faults.length - 1)]!, method, url })
    }
    try {
      const done = await perform(trial, onHit)
      if (hits.length > 0) return { done, hits }
      place = last
    } catch (error) {
      // An assertion of ours is no word of the source.
      if (error instanceof Error && error.name === 'AssertionError') throw error
      return { error: error as DataSourceError, hits }
    } finally {
      trouble.clearFaults()
    }
  }
  return expect.fail('The request that was to fail was never sent')
}

/** The first, the second and the last request of so many. */
export function placesOf(requests: number): readonly number[] {
  return [...new Set([0, Math.min(1, requests - 1), requests - 1])]
}
