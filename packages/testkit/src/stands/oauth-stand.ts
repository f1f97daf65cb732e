import { type FaultInput, type OAuthServer, walkConsent } from '../oauth-server/index.ts'
import type { Stand, StandFault } from '../suite/stand.ts'

/** A stand of the testkit's own OAuth server and the small API behind it. */
export function oauthStand(server: OAuthServer): Stand {
  const { clientId, clientSecret, redirectUris } = server.client
  return {
    endpoints: server.endpoints,
    oauth: {
      clientId,
      clientSecret,
      redirectUri: redirectUris[0] ?? '',
      consent: (url) => walkConsent(url),
      expireAccess: () => server.expireAccess(),
      revokeGrant: () => server.removeGrant(),
      advance: (seconds) => server.advance(seconds),
    },
    trouble: { fault: (fault) => server.fault(inOwnWords(fault)), clearFaults: () => server.clearFaults() },
    close: () => server.close(),
  }
}

function inOwnWords({ method, url, kind, ...fault }: StandFault): FaultInput {
  const common = { endpoint: 'api', match: `${method} ${url.pathname}` } as const
  switch (kind) {
    case 'status': {
      const { status = 500, code = 'by_a_fault', body = { error: code }, retryAfter } = fault
      return { ...common, kind, status, body, ...(retryAfter === undefined ? {} : { retryAfter: Number(retryAfter) }) }
    }
    case 'html':
      return { ...common, kind, status: fault.status ?? 200 }
    case 'malformed_json':
      return { ...common, kind: 'invalid_json' }
    case 'empty':
      return { ...common, kind: 'status', status: 200, body: '' }
    case 'slow':
      return { ...common, kind: 'delay', delayMs: fault.delayMs ?? 1000 }
    default:
      return { ...common, kind }
  }
}
