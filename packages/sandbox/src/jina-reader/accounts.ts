import { z } from 'zod'
import { JinaError } from './errors.ts'
import { type SampleKey, type SampleKeyName, sampleKeyNames, sampleKeys } from './keys.ts'

export interface Account extends SampleKey {
  readonly id: SampleKeyName
}

/** Whose a key is and how many tokens are left. */
export interface Accounts {
  /** Undefined: no key at all, which a read does not need. Throws the server's 401. */
  authenticate(authorization: string | undefined): Account | undefined
  balance(account: Account): number
  /** Throws 402 when nothing is left. A read that costs more than what is left takes the balance below zero. */
  requireBalance(account: Account): void
  charge(account: Account, tokens: number): void
  setBalance(id: SampleKeyName, tokens: number): void
  balances(): Readonly<Record<SampleKeyName, number>>
  /** The keys whose name, user id or account name hold the hint stop working; absent: all. */
  revoke(hint?: string): void
  reset(): void
  snapshot(): unknown
  restore(snapshot: unknown): void
}

const snapshotSchema = z.object({
  balances: z.partialRecord(z.enum(sampleKeyNames), z.number()),
  revoked: z.array(z.enum(sampleKeyNames)),
})

export function createAccounts(): Accounts {
  const all = sampleKeyNames.map((id): Account => ({ id, ...sampleKeys[id] }))
  const first = () => new Map<SampleKeyName, number>(all.map(({ id, balance }) => [id, balance]))
  let balances = first()
  let revoked = new Set<SampleKeyName>()

  return {
    authenticate(authorization) {
      if (authorization === undefined) return undefined
      const [scheme, token] = authorization.trim().split(/\s+/)
      const account = all.find(({ key }) => key === token)
      if (scheme?.toLowerCase() !== 'bearer' || !account || revoked.has(account.id))
        throw new JinaError('AuthenticationFailedError', 'Invalid bearer token')
      return account
    },
    balance: ({ id }) => balances.get(id) ?? 0,
    requireBalance({ id }) {
      if ((balances.get(id) ?? 0) > 0) return
      throw new JinaError('InsufficientBalanceError', 'Account balance not enough to run this query, please recharge.')
    },
    charge({ id }, tokens) {
      balances.set(id, (balances.get(id) ?? 0) - tokens)
    },
    setBalance: (id, tokens) => void balances.set(id, tokens),
    balances: () => Object.fromEntries(balances) as Record<SampleKeyName, number>,
    revoke(hint = '') {
      for (const { id, userId, name } of all)
        if ([id, userId, name].some((text) => text.includes(hint))) revoked.add(id)
    },
    reset() {
      balances = first()
      revoked = new Set()
    },
    snapshot: () => ({ balances: Object.fromEntries(balances), revoked: [...revoked] }),
    restore(snapshot) {
      const saved = snapshotSchema.parse(snapshot)
      balances = new Map([...first(), ...(Object.entries(saved.balances) as [SampleKeyName, number][])])
      revoked = new Set(saved.revoked)
    },
  }
}
