import { z } from 'zod'
import type { Clock } from '../clock.ts'
import { insufficientCredits, refuse } from './errors.ts'
import { type SampleKey, type SampleKeyName, sampleKeyNames, sampleKeys } from './keys.ts'

export interface Account extends SampleKey {
  readonly name: SampleKeyName
}

/** The teams: who a key belongs to and what it may still spend. Credits come back with each calendar month of the sandbox's clock. */
export interface Accounts {
  /** Undefined: no Authorization header at all. Throws the server's 401. */
  authenticate(authorization: string | undefined): Account | undefined
  remaining(account: Account): number
  /** Throws 402 when fewer than `credits` remain. */
  require(account: Account, credits: number): void
  spend(account: Account, credits: number): void
  setRemaining(name: SampleKeyName, credits: number): void
  creditUsage(account: Account): CreditUsage
  /** The keys whose name, team or last characters hold the hint stop working; absent: all. */
  revoke(hint?: string): void
  reset(): void
  snapshot(): unknown
  restore(snapshot: unknown): void
}

export interface CreditUsage {
  readonly remainingCredits: number
  readonly planCredits: number
  readonly billingPeriodStart: string
  readonly billingPeriodEnd: string
}

const snapshotSchema = z.object({
  period: z.string(),
  used: z.partialRecord(z.enum(sampleKeyNames), z.number()),
  revoked: z.array(z.enum(sampleKeyNames)),
})

export function createAccounts(clock: Clock): Accounts {
  const all = sampleKeyNames.map((name): Account => ({ name, ...sampleKeys[name] }))
  const firstUse = () => new Map(all.map((account) => [account.name, account.usedCredits]))
  const period = () => new Date(clock.now()).toISOString().slice(0, 7)
  let used = firstUse()
  let usedIn = period()
  let revoked = new Set<SampleKeyName>()

  const usage = () => {
    // A new billing period; the team that never has credits keeps having none.
    if (usedIn !== period()) {
      usedIn = period()
      used = firstUse()
    }
    return used
  }
  const remaining = (account: Account) => Math.max(0, account.planCredits - (usage().get(account.name) ?? 0))

  return {
    authenticate(authorization) {
      if (authorization === undefined) return undefined
      const [scheme, token] = authorization.trim().split(/\s+/)
      if (token === undefined) throw refuse(401, 'Unauthorized: Token missing')
      const account = all.find(({ key }) => key === token)
      if (scheme?.toLowerCase() !== 'bearer' || !account || revoked.has(account.name))
        throw refuse(401, 'Unauthorized: Invalid token')
      return account
    },
    remaining,
    require(account, credits) {
      if (remaining(account) < credits) throw refuse(402, insufficientCredits)
    },
    spend(account, credits) {
      usage().set(account.name, (usage().get(account.name) ?? 0) + credits)
    },
    setRemaining(name, credits) {
      usage().set(name, sampleKeys[name].planCredits - credits)
    },
    creditUsage(account) {
      const now = new Date(clock.now())
      const month = (offset: number) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1)
      return {
        remainingCredits: remaining(account),
        planCredits: account.planCredits,
        billingPeriodStart: new Date(month(0)).toISOString(),
        billingPeriodEnd: new Date(month(1) - 1000).toISOString(),
      }
    },
    revoke(hint = '') {
      for (const { name, key, teamId } of all)
        if ([name, key, teamId].some((text) => text.includes(hint))) revoked.add(name)
    },
    reset() {
      used = firstUse()
      usedIn = period()
      revoked = new Set()
    },
    snapshot: () => ({ period: usedIn, used: Object.fromEntries(used), revoked: [...revoked] }),
    restore(snapshot) {
      const saved = snapshotSchema.parse(snapshot)
      usedIn = saved.period
      used = new Map([...firstUse(), ...(Object.entries(saved.used) as [SampleKeyName, number][])])
      revoked = new Set(saved.revoked)
    },
  }
}
