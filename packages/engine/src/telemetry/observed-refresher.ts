/**
 * The refresh protocol, watched from its edges: what it asks of its store and of the token client says how each refresh went. The protocol
 * itself (refresh/refresh.ts) knows nothing of it.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Lease } from '../refresh/lease.ts'
import { type RefreshDeps, type Refresher, type RefreshRequest, refresherOver } from '../refresh/refresh.ts'
import type { RefreshStore } from '../refresh/store.ts'
import { type OpenSpan, openPart, part, type Tell } from './spans.ts'
import type { RefreshOutcome, Tally, Trigger } from './tally.ts'

/** One refresh under way. */
interface Course {
  readonly trigger: Trigger
  readonly tell: Tell
  dataSource?: string
  lease?: Lease
  /** Since when it has wanted the lease, and since when it has asked for it. */
  wantedAt: number
  waiting?: OpenSpan
  /** It wrote an outcome of its own. */
  hasDecided: boolean
}

// Answers that are nobody's attempt.
const undecided: ReadonlySet<RefreshOutcome> = new Set(['already_newer', 'busy', 'not_refreshable'])

export function observedRefresher(store: RefreshStore, deps: RefreshDeps, tally: Tally): Refresher {
  const courses = new AsyncLocalStorage<Course>()
  const refresher = refresherOver(observedStore(store, courses, tally), {
    ...deps,
    tokens: {
      ...deps.tokens,
      request(options) {
        // Here, as a socket calls back from wherever it was opened.
        const course = courses.getStore()
        return deps.tokens.request({
          ...options,
          beforeSend() {
            options.beforeSend?.()
            const late = course?.lease && lateMs(course.lease)
            if (course && late !== undefined) tally.refreshSent(course.trigger, late)
          },
        })
      },
    },
  })

  return {
    refresh(connectionId, request) {
      const trigger = triggerOf(request)
      return part('refresh', { connectionId, trigger }, async (tell) => {
        const course: Course = { trigger, tell, wantedAt: performance.now(), hasDecided: false }
        let outcome: RefreshOutcome = 'error'
        try {
          const result = await courses.run(course, () => refresher.refresh(connectionId, request))
          outcome = course.hasDecided || undecided.has(result.outcome) ? result.outcome : 'as_before'
          return result
        } finally {
          if (course.waiting) endWait(course, tally, false)
          tell({ outcome })
          tally.refreshEnded({ dataSource: course.dataSource, trigger, outcome })
        }
      })
    },
  }
}

function observedStore(store: RefreshStore, courses: AsyncLocalStorage<Course>, tally: Tally): RefreshStore {
  /** An outcome of this refresh; written until it lands, perhaps. */
  function write<Value>(act: () => Promise<Value>): Promise<Value> {
    return part('refresh write', {}, async () => {
      const value = await act()
      const course = courses.getStore()
      if (course) course.hasDecided = true
      return value
    })
  }

  /** What gets the lease, unless another has it. */
  async function leased<Got>(ask: () => Promise<Got | undefined>, leaseIn: (got: Got) => Lease) {
    const course = courses.getStore()
    if (course && !course.waiting) {
      const startTime = new Date(Date.now() - (performance.now() - course.wantedAt))
      course.waiting = openPart('refresh lease wait', startTime)
    }
    const got = await ask()
    if (course && got) {
      course.lease = leaseIn(got)
      endWait(course, tally, true)
    }
    return got
  }

  return {
    ...store,
    async load(connectionId) {
      const loaded = await store.load(connectionId)
      const course = courses.getStore()
      if (course && course.dataSource === undefined) {
        course.dataSource = loaded.connection.dataSource
        course.tell({ dataSource: course.dataSource })
      }
      return loaded
    },
    startAttempt: (...attempt) =>
      leased(
        () => store.startAttempt(...attempt),
        (started) => started.lease,
      ),
    takeLease: (connectionId, term) =>
      leased(
        () => store.takeLease(connectionId, term),
        (lease) => lease,
      ),
    async releaseLease(lease) {
      await store.releaseLease(lease)
      const course = courses.getStore()
      // It may want another one.
      if (course) course.wantedAt = performance.now()
    },
    storePair: (...pair) => write(() => store.storePair(...pair)),
    recordFailure: (...failure) => write(() => store.recordFailure(...failure)),
    recordBreakerOpen: (...pause) => write(() => store.recordBreakerOpen(...pause)),
  }
}

function endWait(course: Course, tally: Tally, isTaken: boolean): void {
  tally.leaseWaited(performance.now() - course.wantedAt, isTaken)
  course.waiting?.tell({ outcome: isTaken ? 'held' : 'left' })
  course.waiting?.end()
  delete course.waiting
}

/** As the protocol itself tells them apart: only a person's refresh says whether a risk is accepted, and nobody waits for one in background. */
function triggerOf(request: RefreshRequest): Trigger {
  if (request.acceptRisk !== undefined) return 'forced'
  return request.waitMs > 0 ? 'on_demand' : 'background'
}

/** Undefined for one that is refreshed before its time: a caller needs more than is left of it. */
function lateMs({ row, time }: Lease): number | undefined {
  const late = row.refreshAt ? time.latest().getTime() - row.refreshAt.getTime() : -1
  return late >= 0 ? late : undefined
}
