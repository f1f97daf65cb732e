import type { QueueStatusResponse } from '@mendable/firecrawl-js'
import type { Clock } from '../clock.ts'
import type { Account } from './accounts.ts'
import { type Crawl, resultsLifeMs } from './crawl.ts'
import { refuse } from './errors.ts'

/** The crawls of all teams, by id. */
export interface Crawls {
  add(crawl: Crawl): void
  /** Throws 400 for an id that is no UUID, 404 for an unknown, a foreign or an expired one. */
  find(account: Account, id: string): Crawl
  active(account: Account): readonly Crawl[]
  scraping(): readonly Crawl[]
  queueStatus(account: Account, concurrency: number): QueueStatusResponse
  /** Cancels what runs and forgets everything. */
  clear(): void
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
/** After so long an expired job is not even known to have existed. */
const forgottenAfterMs = 7 * resultsLifeMs

export function createCrawls(clock: Clock): Crawls {
  const crawls = new Map<string, Crawl>()
  const age = (crawl: Crawl) => clock.now() - crawl.createdAt
  const of = (account: Account) => [...crawls.values()].filter((crawl) => crawl.account.teamId === account.teamId)
  const scraping = () => [...crawls.values()].filter((crawl) => crawl.status === 'scraping')

  return {
    add(crawl) {
      for (const old of crawls.values())
        if (age(old) > forgottenAfterMs) {
          old.cancel()
          crawls.delete(old.id)
        }
      crawls.set(crawl.id, crawl)
    },
    find(account, id) {
      if (!uuid.test(id)) throw refuse(400, 'Invalid job ID format. Job ID must be a valid UUID.')
      const crawl = crawls.get(id.toLowerCase())
      if (!crawl || crawl.account.teamId !== account.teamId || age(crawl) > forgottenAfterMs)
        throw refuse(404, 'Job not found')
      if (age(crawl) >= resultsLifeMs) throw refuse(404, 'Job expired')
      return crawl
    },
    active: (account) => of(account).filter((crawl) => crawl.status === 'scraping'),
    scraping,
    queueStatus(account, concurrency) {
      const active = of(account).filter((crawl) => crawl.status === 'scraping')
      const sum = (pick: (crawl: Crawl) => number) => active.reduce((total, crawl) => total + pick(crawl), 0)
      const ends = of(account).flatMap((crawl) =>
        crawl.status === 'completed' && crawl.completedAt !== undefined ? [crawl.completedAt] : [],
      )
      return {
        success: true,
        jobsInQueue: sum((crawl) => crawl.running + crawl.waiting),
        activeJobsInQueue: sum((crawl) => crawl.running),
        waitingJobsInQueue: sum((crawl) => crawl.waiting),
        maxConcurrency: concurrency,
        mostRecentSuccess: ends.length === 0 ? null : new Date(Math.max(...ends)).toISOString(),
      }
    },
    clear() {
      for (const crawl of scraping()) crawl.cancel()
      crawls.clear()
    },
  }
}
