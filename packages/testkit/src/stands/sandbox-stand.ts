import { walkConsent } from '../oauth-server/index.ts'
import type { Stand, StandFault } from '../suite/stand.ts'

/** What a running sandbox of several providers is known by. One of your own fits when it has this shape. */
export interface SandboxLike {
  /** Provider id -> endpoint name -> URL; the path of its API begins with `/<id>`. */
  readonly endpoints: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly oauthClients: Readonly<Record<string, { readonly clientId: string; readonly clientSecret: string }>>
  readonly apiKeys: Readonly<Record<string, string>>
  readonly control: {
    advance(seconds: number): void
    fault(fault: SandboxFault): void
    clearFaults(): void
    revokeGrant(provider: string): void
    settings(provider: string, settings: Readonly<Record<string, unknown>>): unknown
  }
  close(): Promise<void>
}

export interface SandboxFault extends Omit<StandFault, 'method' | 'url'> {
  readonly provider: string
  /** Part of `METHOD /path`, the path without the provider's prefix. */
  readonly match: string
}

/** Longer than any access token of the six lives (Dropbox: four hours), and shorter than what must outlive it. */
const longestAccessSeconds = 5 * 3600

/** One provider of a sandbox, as a stand. `redirectUri`: the one that the sandbox was started with, for OAuth. */
export function sandboxStand(sandbox: SandboxLike, id: string, redirectUri = ''): Stand {
  const { control } = sandbox
  const client = sandbox.oauthClients[id]
  const apiKey = sandbox.apiKeys[id]
  const files = (patch: Readonly<Record<string, unknown>>) => void control.settings(id, { files: patch })
  return {
    endpoints: sandbox.endpoints[id] ?? {},
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(client === undefined
      ? {}
      : {
          oauth: {
            ...client,
            redirectUri,
            consent: (url) => walkConsent(url),
            expireAccess: (seconds = longestAccessSeconds) => control.advance(seconds + 1),
            revokeGrant: () => control.revokeGrant(id),
            advance: (seconds) => control.advance(seconds),
          },
        }),
    trouble: {
      fault({ method, url, ...fault }) {
        control.fault({ ...fault, provider: id, match: `${method} ${url.pathname.slice(id.length + 1) || '/'}` })
      },
      clearFaults: () => control.clearFaults(),
      reaches: ({ pathname }) => pathname === `/${id}` || pathname.startsWith(`/${id}/`),
    },
    files: {
      write: (name, text) => files({ write: { path: `/${name}`, text } }),
      remove: (name) => files({ trash: { path: `/${name}` } }),
    },
    close: () => sandbox.close(),
  }
}
