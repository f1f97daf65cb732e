import { createHash, randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'

/**
 * Codes and tokens of one provider. Words:
 *
 * - A **consent** is what an account allowed a client; it lasts over several authorizations, until it is revoked.
 * - A **code** is single-use, lives ten minutes and is bound to client, redirect URI and PKCE challenge.
 * - A **grant** is all that descends from one code: its refresh tokens and the access tokens that they made.
 *
 * Every lifetime runs on the sandbox's clock. What a provider does its own way is its policy.
 */
export interface GrantPolicy {
  /** A token of a form that the provider's clients would recognize. */
  token(kind: 'code' | 'access' | 'refresh', accountId: string): string
  /** Seconds that a new access token lives. */
  accessSeconds(): number
  /** Seconds that a refresh token lives after it was issued or last used; `null`: until revoked. */
  refreshSeconds(): number | null
  /** Seconds that a refresh token lives after it was issued, however often it is used. Absent or `null`: no such end. */
  refreshSecondsInAll?(): number | null
  /** `keeps`: a refresh gives no new refresh token. `adds`: it gives one, and the old one stays good. */
  readonly onRefresh: 'keeps' | 'adds'
  /** Most live refresh tokens of one account and client; one more silently ends the oldest. */
  readonly mostRefreshTokens?: number
}

export interface Grant {
  readonly id: string
  readonly clientId: string
  readonly accountId: string
  readonly scopes: readonly string[]
}

export interface Issued {
  readonly grant: Grant
  readonly accessToken: string
  readonly expiresIn: number
  /** `null`: none is given this time. */
  readonly refreshToken: string | null
}

export type GrantRefusal =
  | 'unknown_code'
  | 'used_code'
  | 'expired_code'
  | 'redirect_uri_mismatch'
  | 'verifier_missing'
  | 'verifier_mismatch'
  | 'unknown_refresh_token'
  | 'expired_refresh_token'
  | 'scope_exceeds'

/** The provider puts it into its own words. */
export class GrantError extends Error {
  readonly reason: GrantRefusal
  constructor(reason: GrantRefusal) {
    super(reason)
    this.reason = reason
  }
}

/** What was found for a token; a dead one that nobody knows any more is `undefined`. */
export interface FoundToken {
  readonly kind: 'access' | 'refresh'
  readonly grant: Grant
  readonly live: boolean
}

interface Code {
  readonly code: string
  readonly clientId: string
  readonly accountId: string
  readonly scopes: readonly string[]
  readonly redirectUri: string
  /** S256 (RFC 7636). */
  readonly challenge: string | null
  readonly refreshable: boolean
  readonly issuedAt: number
  usedFor: string | null
}

interface Family extends Grant {
  refresh: { token: string; issuedAt: number; usedAt: number }[]
  access: { token: string; expiresAt: number; scopes: readonly string[] }[]
}

export interface GrantsSnapshot {
  readonly codes: readonly Code[]
  readonly families: readonly Family[]
  readonly consents: readonly (readonly [string, readonly string[]])[]
}

const codeLifeMs = 10 * 60_000
/** Used codes and dead access tokens are remembered for a day, so that they are told from unknown ones. */
const memoryMs = 24 * 3600_000

export type Grants = ReturnType<typeof createGrants>

export function createGrants(clock: Clock, policy: GrantPolicy) {
  const codes = new Map<string, Code>()
  const families = new Map<string, Family>()
  const familyOf = new Map<string, string>()
  /** `client account` -> the scopes that were ever allowed. */
  const consents = new Map<string, readonly string[]>()
  const consentKey = (clientId: string, accountId: string) => `${clientId} ${accountId}`

  function issueAccess(family: Family, scopes: readonly string[]): { accessToken: string; expiresIn: number } {
    const now = clock.now()
    for (const old of family.access) if (now - old.expiresAt > memoryMs) familyOf.delete(old.token)
    family.access = family.access.filter((old) => now - old.expiresAt <= memoryMs)
    const expiresIn = policy.accessSeconds()
    const accessToken = policy.token('access', family.accountId)
    family.access.push({ token: accessToken, expiresAt: now + expiresIn * 1000, scopes })
    familyOf.set(accessToken, family.id)
    return { accessToken, expiresIn }
  }

  function issueRefresh(family: Family): string {
    const token = policy.token('refresh', family.accountId)
    family.refresh.push({ token, issuedAt: clock.now(), usedAt: clock.now() })
    familyOf.set(token, family.id)
    const most = policy.mostRefreshTokens
    if (most !== undefined) {
      const siblings = [...families.values()]
        .filter((one) => one.clientId === family.clientId && one.accountId === family.accountId)
        .flatMap((one) => one.refresh.map((each) => ({ one, each })))
      for (const { one, each } of siblings.slice(0, Math.max(0, siblings.length - most))) {
        one.refresh = one.refresh.filter((kept) => kept !== each)
        familyOf.delete(each.token)
      }
    }
    return token
  }

  function kill(family: Family): void {
    families.delete(family.id)
    for (const { token } of [...family.access, ...family.refresh]) familyOf.delete(token)
  }

  function isLive({ issuedAt, usedAt }: { issuedAt: number; usedAt: number }): boolean {
    const [unused, inAll] = [policy.refreshSeconds(), policy.refreshSecondsInAll?.() ?? null]
    const isWithin = (since: number, life: number | null) => life === null || clock.now() - since < life * 1000
    return isWithin(usedAt, unused) && isWithin(issuedAt, inAll)
  }

  const grantOf = ({ id, clientId, accountId, scopes }: Family): Grant => ({ id, clientId, accountId, scopes })

  return {
    /** Whether this account has consented to this client before and the consent still stands. */
    hasConsent: (clientId: string, accountId: string): boolean => consents.has(consentKey(clientId, accountId)),

    /** The person allowed it: a code for the client. */
    allow(consent: Omit<Code, 'code' | 'issuedAt' | 'usedFor'>): string {
      for (const code of codes.values()) if (clock.now() - code.issuedAt > memoryMs) codes.delete(code.code)
      const key = consentKey(consent.clientId, consent.accountId)
      consents.set(key, [...new Set([...(consents.get(key) ?? []), ...consent.scopes])])
      const code = policy.token('code', consent.accountId)
      codes.set(code, { ...consent, code, issuedAt: clock.now(), usedFor: null })
      return code
    },

    /** RFC 6749, section 4.1.3, and RFC 7636, section 4.6. A second use ends what the first one gave. @throws GrantError */
    exchange(given: { clientId: string; code: string; redirectUri: string | null; verifier: string | null }): Issued {
      const code = codes.get(given.code)
      if (!code || code.clientId !== given.clientId) throw new GrantError('unknown_code')
      if (code.usedFor !== null) {
        const family = families.get(code.usedFor)
        if (family) kill(family)
        throw new GrantError('used_code')
      }
      if (clock.now() - code.issuedAt > codeLifeMs) throw new GrantError('expired_code')
      if (given.redirectUri !== code.redirectUri) throw new GrantError('redirect_uri_mismatch')
      if (code.challenge !== null && !given.verifier) throw new GrantError('verifier_missing')
      if (given.verifier && challengeOf(given.verifier) !== code.challenge) throw new GrantError('verifier_mismatch')
      const { clientId, accountId, scopes } = code
      const family: Family = { id: randomUUID(), clientId, accountId, scopes, refresh: [], access: [] }
      families.set(family.id, family)
      code.usedFor = family.id
      const access = issueAccess(family, scopes)
      return { grant: grantOf(family), ...access, refreshToken: code.refreshable ? issueRefresh(family) : null }
    },

    /** RFC 6749, section 6. `scopes`, when given, narrows this access token alone. @throws GrantError */
    refresh(given: { clientId: string; refreshToken: string; scopes?: readonly string[] | undefined }): Issued {
      const family = families.get(familyOf.get(given.refreshToken) ?? '')
      const used = family?.refresh.find(({ token }) => token === given.refreshToken)
      if (!family || !used || family.clientId !== given.clientId) throw new GrantError('unknown_refresh_token')
      if (!isLive(used)) throw new GrantError('expired_refresh_token')
      if (given.scopes?.some((scope) => !family.scopes.includes(scope))) throw new GrantError('scope_exceeds')
      used.usedAt = clock.now()
      const scopes = given.scopes ?? family.scopes
      const access = issueAccess(family, scopes)
      const refreshToken = policy.onRefresh === 'adds' ? issueRefresh(family) : null
      return { grant: { ...grantOf(family), scopes }, ...access, refreshToken }
    },

    find(given: string): FoundToken | undefined {
      const family = families.get(familyOf.get(given) ?? '')
      if (!family) return undefined
      const access = family.access.find(({ token }) => token === given)
      if (access)
        return {
          kind: 'access',
          grant: { ...grantOf(family), scopes: access.scopes },
          live: clock.now() < access.expiresAt,
        }
      const refresh = family.refresh.find(({ token }) => token === given)
      return refresh && { kind: 'refresh', grant: grantOf(family), live: isLive(refresh) }
    },

    /** Ends the grants that match, the consents behind them, and the codes that were not exchanged yet. */
    revokeWhere(matches: (grant: Grant) => boolean): void {
      for (const [code, { clientId, accountId, scopes }] of codes) {
        if (!matches({ id: '', clientId, accountId, scopes })) continue
        codes.delete(code)
        consents.delete(consentKey(clientId, accountId))
      }
      for (const family of [...families.values()]) {
        if (!matches(grantOf(family))) continue
        kill(family)
        consents.delete(consentKey(family.clientId, family.accountId))
      }
    },

    /** The same for providers where an access token that was issued lives to its end. */
    endRefreshWhere(matches: (grant: Grant) => boolean): void {
      for (const family of families.values()) {
        if (!matches(grantOf(family))) continue
        for (const { token } of family.refresh) familyOf.delete(token)
        family.refresh = []
        consents.delete(consentKey(family.clientId, family.accountId))
      }
    },

    /** Refuses every access token issued so far; refresh tokens stay good. */
    expireAccess(): void {
      for (const family of families.values())
        for (const access of family.access) access.expiresAt = Math.min(access.expiresAt, clock.now())
    },

    clear(): void {
      for (const all of [codes, families, familyOf, consents]) all.clear()
    },

    snapshot: (): GrantsSnapshot => ({
      codes: [...codes.values()],
      families: [...families.values()],
      consents: [...consents],
    }),

    restore(saved: GrantsSnapshot): void {
      for (const code of saved.codes) codes.set(code.code, code)
      for (const [key, scopes] of saved.consents) consents.set(key, scopes)
      for (const family of saved.families) {
        families.set(family.id, family)
        for (const { token } of [...family.access, ...family.refresh]) familyOf.set(token, family.id)
      }
    },
  }
}

/** RFC 7636, section 4.2. */
const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url')
