/**
 * The book of grants. A **grant** is what an account allowed a client; it is born by the exchange of a code, lives through refreshes and ends
 * once, for one reason. A **generation** is one pair of tokens of it. Kept here and nowhere else: what is good, what was used, what was counted.
 */
import type { Account, Settings } from './settings.ts'

/** - `tokenRequests`: requests that named the grant, whatever became of them. `refreshes`: pairs issued by a refresh, also when the answer was lost.
 *  - `replays`: used refresh tokens sent again. `destroyed`: 1 once the grant was ended by a replay of a refresh token or a code. */
export interface Counters {
  readonly tokenRequests: number
  readonly refreshes: number
  readonly replays: number
  readonly destroyed: number
}

export type GrantEnd = 'replay' | 'code_replay' | 'revoked' | 'removed'

export interface Grant {
  readonly id: string
  readonly clientId: string
  readonly account: Account
  readonly scopes: readonly string[]
  generation: number
  ended: GrantEnd | null
  counters: { tokenRequests: number; refreshes: number; replays: number; destroyed: number }
}

export interface RefreshToken {
  readonly token: string
  readonly grant: Grant
  readonly issuedAt: number
  /** Milliseconds of its first use; `null` while unused. */
  usedAt: number | null
}

export interface AccessToken {
  readonly token: string
  readonly grant: Grant
  readonly scopes: readonly string[]
  readonly generation: number
  readonly issuedAt: number
  expiresAt: number
}

export interface IssuedPair {
  readonly access: AccessToken
  /** `undefined` when the former one stays. */
  readonly refresh: RefreshToken | undefined
}

/** Everything secret that ever was handed out, for a search that must find none of it. */
export interface IssuedToken {
  readonly kind: 'code' | 'access_token' | 'refresh_token'
  readonly token: string
  readonly grantId: string | null
}

export type Refreshed = { readonly pair: IssuedPair } | { readonly refused: string }

export function createGrants(options: { now(): number; newToken(prefix: string): string; settings(): Settings }) {
  const { now, newToken, settings } = options
  const grants = new Map<string, Grant>()
  const accessTokens = new Map<string, AccessToken>()
  const refreshTokens = new Map<string, RefreshToken>()
  const issued: IssuedToken[] = []

  function issueAccess(grant: Grant, scopes: readonly string[], seconds = settings().expiresIn): AccessToken {
    grant.generation++
    const token = newToken('oat')
    const at = now()
    const access: AccessToken = {
      token,
      grant,
      scopes,
      generation: grant.generation,
      issuedAt: at,
      expiresAt: at + seconds * 1000,
    }
    accessTokens.set(token, access)
    issued.push({ kind: 'access_token', token, grantId: grant.id })
    return access
  }

  function issueRefresh(grant: Grant): RefreshToken {
    const refresh: RefreshToken = { token: newToken('ort'), grant, issuedAt: now(), usedAt: null }
    refreshTokens.set(refresh.token, refresh)
    issued.push({ kind: 'refresh_token', token: refresh.token, grantId: grant.id })
    return refresh
  }

  function end(grant: Grant, why: GrantEnd): void {
    if (grant.ended) return
    grant.ended = why
    if (why === 'replay' || why === 'code_replay') grant.counters.destroyed++
  }

  return {
    issued,
    all: (): readonly Grant[] => [...grants.values()],
    get: (id: string) => grants.get(id),
    refreshToken: (token: string) => refreshTokens.get(token),
    accessToken: (token: string) => accessTokens.get(token),

    /** `seconds`: the life of the first access token, when it is not that of the settings. */
    open(
      clientId: string,
      account: Account,
      scopes: readonly string[],
      seconds?: number,
    ): { grant: Grant; pair: IssuedPair } {
      const grant: Grant = {
        id: `grant-${grants.size + 1}`,
        clientId,
        account,
        scopes,
        generation: 0,
        ended: null,
        counters: { tokenRequests: 0, refreshes: 0, replays: 0, destroyed: 0 },
      }
      grants.set(grant.id, grant)
      return { grant, pair: { access: issueAccess(grant, scopes, seconds), refresh: issueRefresh(grant) } }
    },

    /** RFC 6749, section 6, with the rotation of the settings. */
    refresh(known: RefreshToken, scopes: readonly string[]): Refreshed {
      const { grant } = known
      const { rotation, refreshTokenSeconds, refreshEndsAccess } = settings()
      if (grant.ended) return { refused: 'The grant has ended.' }
      if (refreshTokenSeconds !== null && now() >= known.issuedAt + refreshTokenSeconds * 1000)
        return { refused: 'The refresh token has expired.' }
      if (rotation !== 'none' && known.usedAt !== null) {
        grant.counters.replays++
        const inGrace = typeof rotation === 'object' && now() < known.usedAt + rotation.graceSeconds * 1000
        if (rotation === 'refuse') return { refused: 'The refresh token was used already.' }
        if (rotation !== 'safe' && !inGrace) {
          end(grant, 'replay')
          return { refused: 'The refresh token was used already; the grant has ended.' }
        }
      }
      known.usedAt ??= now()
      grant.counters.refreshes++
      if (refreshEndsAccess) this.expireAccess(grant.id)
      const access = issueAccess(grant, scopes)
      return { pair: { access, refresh: rotation === 'none' ? undefined : issueRefresh(grant) } }
    },

    /** The access token, while it is good. */
    active(token: string): AccessToken | undefined {
      const access = accessTokens.get(token)
      return access && !access.grant.ended && now() < access.expiresAt ? access : undefined
    },

    end,

    /** Access tokens are refused from now on, as if their time were over; the grants live. */
    expireAccess(grantId?: string): void {
      for (const access of accessTokens.values())
        if (grantId === undefined || access.grant.id === grantId) access.expiresAt = Math.min(access.expiresAt, now())
    },
  }
}
export type Grants = ReturnType<typeof createGrants>
