/** A provider that follows a script: what it does to refresh tokens is the run's choice, when an answer comes is the world's. */
import type { Secret } from '../../src/refresh/credential.ts'

/**
 * - `safe`: a used refresh token works again. `none`: there is one for good, and answers do not repeat it.
 * - `grace`: a used one works for a while, and ends the grant later. `kill`: it ends the grant. `refuse`: it is refused.
 */
export type Rotation = 'safe' | 'none' | 'grace' | 'kill' | 'refuse'

export const lifetimeSeconds = 3600

interface Grant {
  readonly number: number
  ended: 'replay' | 'revoked' | null
}
interface RefreshToken {
  readonly grant: Grant
  readonly parent: string | null
  usedAt: number | null
}

export type ProviderAnswer = { readonly status: 200; readonly secret: Secret } | { readonly status: 400 }

export function createProvider(rotation: Rotation, graceMs: number) {
  const refreshTokens = new Map<string, RefreshToken>()
  const accessTokens = new Map<string, { grant: Grant; expiresAt: number }>()
  const refused = new Set<string>()
  let grants = 0
  let serial = 0

  function issue(grant: Grant, parent: string | null, at: number): Secret {
    const accessToken = `at-${grant.number}-${++serial}`
    accessTokens.set(accessToken, { grant, expiresAt: at + lifetimeSeconds * 1000 })
    if (rotation === 'none' && parent !== null) return { accessToken, refreshToken: null }
    const refreshToken = `rt-${grant.number}-${serial}`
    refreshTokens.set(refreshToken, { grant, parent, usedAt: null })
    return { accessToken, refreshToken }
  }

  return {
    open: (at: number): Secret => issue({ number: ++grants, ended: null }, null, at),

    /** `sentAt`: the grace is not about how long a request is on its way. */
    refresh(token: string, sentAt: number, at: number): ProviderAnswer {
      const known = refreshTokens.get(token)
      const refuse = (): ProviderAnswer => {
        refused.add(token)
        return { status: 400 }
      }
      if (!known || known.grant.ended) return refuse()
      if (known.usedAt !== null && rotation !== 'safe' && rotation !== 'none') {
        const isInGrace = rotation === 'grace' && sentAt < known.usedAt + graceMs
        if (!isInGrace) {
          if (rotation !== 'refuse') known.grant.ended = 'replay'
          return refuse()
        }
      }
      known.usedAt ??= at
      return { status: 200, secret: issue(known.grant, token, at) }
    },

    /** Somebody ends it there, or we do by a revocation. */
    end(token: string | null): void {
      const grant = token === null ? undefined : refreshTokens.get(token)?.grant
      if (grant) grant.ended ??= 'revoked'
    },

    /** Whether this refresh token was refused in an answer. */
    wasRefused: (token: string) => refused.has(token),
    parentOf: (token: string) => refreshTokens.get(token)?.parent ?? null,
    endOf: (token: string) => refreshTokens.get(token)?.grant.ended ?? null,
    /** Whether a refresh with it would work and harm nothing. */
    isFresh(token: string): boolean {
      const known = refreshTokens.get(token)
      return (
        known !== undefined &&
        !known.grant.ended &&
        (known.usedAt === null || rotation === 'safe' || rotation === 'none')
      )
    },
    expiryOf: (accessToken: string) => accessTokens.get(accessToken)?.expiresAt ?? 0,
  }
}

export type Provider = ReturnType<typeof createProvider>
