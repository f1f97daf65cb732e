import type { FastifyInstance } from 'fastify'
import type { House, Provider } from '../provider.ts'
import { createAccounts } from './accounts.ts'
import { createCrawls } from './crawls.ts'
import { firecrawlFaultAnswer } from './errors.ts'
import { firecrawlKeys, sampleKeyNames } from './keys.ts'
import { createRateLimits } from './rate-limits.ts'
import { addFirecrawlRoutes } from './routes.ts'
import { changeSettings, defaultSettings } from './settings.ts'

/**
 * Stand-in of Firecrawl's API v2. It really fetches pages over HTTP and converts them, from loopback addresses alone. Credits and revoked keys
 * survive a restart; crawls, idempotency keys and settings do not.
 */
export function createFirecrawl(house: House): Provider {
  let settings = defaultSettings(house.pageSize)
  const accounts = createAccounts(house.clock)
  const crawls = createCrawls(house.clock)
  const limits = createRateLimits(house.clock, () => settings)
  const usedKeys = new Set<string>()

  return {
    id: 'firecrawl',
    name: 'Firecrawl',
    crawls: true,
    apiKey: firecrawlKeys.good,
    endpoints: (origin) => ({ api: `${origin}/firecrawl` }),
    routes(app: FastifyInstance) {
      addFirecrawlRoutes(app, { house, accounts, crawls, limits, settings: () => settings, usedKeys })
    },
    revokeGrant: (accountHint) => accounts.revoke(accountHint),
    control(input) {
      const { step, credits } = changeSettings(settings, input)
      for (const name of sampleKeyNames) {
        const remaining = credits?.[name]
        if (remaining !== undefined) accounts.setRemaining(name, remaining)
      }
      for (const crawl of crawls.scraping()) {
        if (step === undefined) crawl.wake()
        else crawl.step(step)
      }
      return structuredClone(settings)
    },
    faultAnswer: (fault) => firecrawlFaultAnswer(fault, house.clock.now()),
    reset() {
      settings = defaultSettings(house.pageSize)
      accounts.reset()
      crawls.clear()
      limits.clear()
      usedKeys.clear()
    },
    snapshot: () => accounts.snapshot(),
    restore: (snapshot) => accounts.restore(snapshot),
  }
}
