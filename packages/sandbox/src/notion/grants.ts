import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { OAuthError } from './errors.ts'
import type { NotionSettings } from './settings.ts'

/**
 * One consent of a person to an integration in a workspace: one bot. Authorizing again changes its pages and keeps its bot_id; it ends by a
 * revoke or by the person removing the connection.
 */
export interface Grant {
  readonly botId: string
  readonly clientId: string
  readonly personId: string
  /** The ids that were picked; what lies below them is visible too. */
  pages: readonly string[]
}

/** A code that was issued; kept after its use to recognise a second one. */
interface Code {
  readonly code: string
  readonly botId: string
  readonly clientId: string
  /** As it stood in the authorize URL; null when it was left out there. */
  readonly redirectUri: string | null
  readonly issuedAt: number
  /** The family its first use made. */
  usedFor: string | null
}

/** The tokens that descend from one code. */
interface Family {
  readonly id: string
  readonly botId: string
  access: string
  refresh: string | null
  /** When the current pair was issued. */
  issuedAt: number
  /** Spent refresh tokens, the latest last. */
  spent: readonly { readonly token: string; readonly at: number }[]
}

export interface Issued {
  readonly grant: Grant
  readonly accessToken: string
  readonly refreshToken: string | null
}

/** Unknown, dead, or known with its state. */
export type TokenState =
  | { readonly kind: 'access' | 'refresh'; readonly grant: Grant; readonly issuedAt: number; readonly live: boolean }
  | undefined

const codeLifeMs = 10 * 60_000
/** Used and expired codes are forgotten after a day. */
const codeMemoryMs = 24 * 3600_000
const spentKept = 50

const token = (prefix: string) => prefix + randomBytes(24).toString('base64url').replaceAll(/[-_]/g, 'x')
const invalidGrant = (what: string) => new OAuthError(400, 'invalid_grant', what)

export interface GrantsSnapshot {
  readonly grants: readonly Grant[]
  readonly codes: readonly Code[]
  readonly families: readonly Family[]
}

export type Grants = ReturnType<typeof createGrants>

/** Every consent, code and token of the sandboxed Notion. Lifetimes run on the sandbox's clock. */
export function createGrants(clock: Clock, settings: () => NotionSettings) {
  const grants = new Map<string, Grant>()
  const codes = new Map<string, Code>()
  const families = new Map<string, Family>()
  /** Every access and refresh token, spent ones too -> family id. */
  const familyOf = new Map<string, string>()

  function issue(family: Family): Issued {
    familyOf.delete(family.access)
    family.access = token('ntn_')
    family.refresh = settings().refreshTokens ? token('nrt_') : null
    family.issuedAt = clock.now()
    familyOf.set(family.access, family.id)
    if (family.refresh) familyOf.set(family.refresh, family.id)
    return { grant: grants.get(family.botId)!, accessToken: family.access, refreshToken: family.refresh }
  }

  function kill(family: Family): void {
    families.delete(family.id)
    for (const each of [family.access, family.refresh ?? '', ...family.spent.map((spent) => spent.token)])
      familyOf.delete(each)
  }

  function removeGrant(grant: Grant): void {
    grants.delete(grant.botId)
    for (const family of [...families.values()]) if (family.botId === grant.botId) kill(family)
  }

  return {
    /** The person allowed it: the bot gets these pages, and a code goes back to the client. */
    allow(consent: {
      clientId: string
      personId: string
      pages: readonly string[]
      redirectUri: string | null
    }): string {
      for (const code of codes.values()) if (clock.now() - code.issuedAt > codeMemoryMs) codes.delete(code.code)
      const { clientId, personId, pages, redirectUri } = consent
      let grant = [...grants.values()].find((known) => known.clientId === clientId && known.personId === personId)
      if (grant) grant.pages = pages
      else {
        grant = { botId: randomUUID(), clientId, personId, pages }
        grants.set(grant.botId, grant)
      }
      const code = `03${randomUUID()}`
      codes.set(code, { code, botId: grant.botId, clientId, redirectUri, issuedAt: clock.now(), usedFor: null })
      return code
    },

    /** RFC 6749 section 4.1.3. A second use ends what the first one gave (section 4.1.2). */
    exchange(clientId: string, given: string, redirectUri: string | undefined): Issued {
      const code = codes.get(given)
      if (!code || code.clientId !== clientId) throw invalidGrant('Invalid code.')
      if (code.usedFor !== null) {
        const family = families.get(code.usedFor)
        if (family) kill(family)
        throw invalidGrant('Invalid code: this code has been revoked.')
      }
      if (clock.now() - code.issuedAt > codeLifeMs) throw invalidGrant('Invalid code: this code has expired.')
      if (code.redirectUri === null && redirectUri !== undefined)
        throw new OAuthError(
          400,
          'invalid_request',
          'redirect_uri must be left out: it was not in the authorization URL.',
        )
      if (code.redirectUri !== null && redirectUri === undefined)
        throw new OAuthError(400, 'invalid_request', 'redirect_uri is required: it was in the authorization URL.')
      if (code.redirectUri !== null && redirectUri !== code.redirectUri) throw invalidGrant('Invalid redirect_uri.')
      if (!grants.has(code.botId)) throw invalidGrant('Invalid code: this code has been revoked.')
      const family: Family = { id: randomUUID(), botId: code.botId, access: '', refresh: null, issuedAt: 0, spent: [] }
      families.set(family.id, family)
      code.usedFor = family.id
      return issue(family)
    },

    /** Rotates the pair. The old one is dead at once. */
    refresh(clientId: string, given: string): Issued {
      const family = families.get(familyOf.get(given) ?? '')
      const grant = family && grants.get(family.botId)
      if (!family || !grant || grant.clientId !== clientId || given === family.access)
        throw invalidGrant('Invalid refresh token.')
      const { refreshReuse, refreshTokenSeconds } = settings()
      if (given !== family.refresh) {
        const predecessor = family.spent.at(-1)
        const inGrace =
          typeof refreshReuse === 'number' &&
          predecessor?.token === given &&
          clock.now() - predecessor.at < refreshReuse * 1000
        if (inGrace) return { grant, accessToken: family.access, refreshToken: family.refresh }
        if (refreshReuse === 'kill_family') kill(family)
        throw invalidGrant('Invalid refresh token.')
      }
      if (refreshTokenSeconds !== null && clock.now() - family.issuedAt >= refreshTokenSeconds * 1000)
        throw invalidGrant('Invalid refresh token.')
      const spent = [...family.spent, { token: given, at: clock.now() }]
      for (const forgotten of spent.slice(0, -spentKept)) familyOf.delete(forgotten.token)
      family.spent = spent.slice(-spentKept)
      return issue(family)
    },

    find(given: string): TokenState {
      const family = families.get(familyOf.get(given) ?? '')
      const grant = family && grants.get(family.botId)
      if (!family || !grant) return undefined
      const age = clock.now() - family.issuedAt
      const { accessTokenSeconds, refreshTokenSeconds } = settings()
      if (given === family.access)
        return { kind: 'access', grant, issuedAt: family.issuedAt, live: age < accessTokenSeconds * 1000 }
      const live = given === family.refresh && (refreshTokenSeconds === null || age < refreshTokenSeconds * 1000)
      return { kind: 'refresh', grant, issuedAt: family.issuedAt, live }
    },

    removeGrant,
    /** Those whose person, e-mail, workspace or bot the caller knows by `matches`. */
    removeWhere(matches: (grant: Grant) => boolean): void {
      for (const grant of [...grants.values()]) if (matches(grant)) removeGrant(grant)
    },

    clear(): void {
      for (const all of [grants, codes, families, familyOf]) all.clear()
    },

    snapshot: (): GrantsSnapshot => ({
      grants: [...grants.values()],
      codes: [...codes.values()],
      families: [...families.values()],
    }),

    restore(saved: GrantsSnapshot): void {
      for (const grant of saved.grants) grants.set(grant.botId, grant)
      for (const code of saved.codes) codes.set(code.code, code)
      for (const family of saved.families) {
        families.set(family.id, family)
        for (const each of [family.access, family.refresh ?? '', ...family.spent.map((spent) => spent.token)])
          if (each) familyOf.set(each, family.id)
      }
    },
  }
}
