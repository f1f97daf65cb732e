import type { FastifyInstance } from 'fastify'
import type { House, Provider } from '../provider.ts'
import { createAccounts } from './accounts.ts'
import { jinaFaultAnswer } from './errors.ts'
import { sampleKeyNames, sampleKeys } from './keys.ts'
import { createPageCache } from './page-cache.ts'
import { createRateLimits } from './rate-limits.ts'
import { addReaderRoutes } from './routes.ts'
import { changeSettings, defaultSettings } from './settings.ts'

/**
 * Stand-in of Jina Reader. It really fetches pages over HTTP and converts them, from loopback addresses alone. Balances and revoked keys survive a
 * restart; settings, counted minutes and cached pages do not.
 */
export function createJinaReader(house: House): Provider {
  let settings = defaultSettings()
  const accounts = createAccounts()
  const limits = createRateLimits(house.clock, () => settings)
  const cache = createPageCache(house.clock)

  return {
    id: 'jina-reader',
    name: 'Jina Reader',
    crawls: true,
    apiKey: sampleKeys.good.key,
    endpoints: (origin) => ({ api: `${origin}/jina-reader` }),
    routes(app: FastifyInstance) {
      addReaderRoutes(app, { house, accounts, limits, cache, settings: () => settings })
    },
    revokeGrant: (accountHint) => accounts.revoke(accountHint),
    control(input) {
      const { balances } = changeSettings(settings, input)
      for (const id of sampleKeyNames) {
        const tokens = balances?.[id]
        if (tokens !== undefined) accounts.setBalance(id, tokens)
      }
      return { ...structuredClone(settings), balances: accounts.balances() }
    },
    faultAnswer: jinaFaultAnswer,
    reset() {
      settings = defaultSettings()
      accounts.reset()
      limits.clear()
      cache.clear()
    },
    snapshot: () => accounts.snapshot(),
    restore: (snapshot) => accounts.restore(snapshot),
  }
}
