import { fileURLToPath } from 'node:url'
import {
  type OAuthServerOptions,
  type RemoteOAuthServer,
  startOAuthServerProcess,
} from '@wellhead/testkit/oauth-server'
import { GRACE_SECONDS } from '../plugins/grace-seconds.ts'
import { each } from './until.ts'

/** What the provider does with a refresh token that is sent again: a variant of one data source each. */
export const variants = ['kills', 'grace', 'safe'] as const
export type Variant = (typeof variants)[number]

export const dataSourceOf = (variant: Variant): string => `handbook-${variant}`
export const pluginOf = (variant: Variant): string =>
  fileURLToPath(new URL(`../plugins/${variant}.ts`, import.meta.url))

/** Seconds that access tokens live which are not meant to come due again. */
export const LONG_LIFE = 24 * 3600

/** A provider in a process of its own, with the server's own counters. */
export interface Provider extends AsyncDisposable {
  readonly variant: Variant
  readonly dataSource: string
  readonly server: RemoteOAuthServer
  /** Every token request so far that names one of these grants. */
  tokenRequests(grantIds: ReadonlySet<string>): Promise<readonly TokenRequest[]>
  /** Access tokens as the server knows them; one that it never issued is missing. */
  tokens(tokens: readonly string[]): Promise<ReadonlyMap<string, TokenView>>
}

export interface TokenRequest {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly grantId: string
  readonly grantType: string | undefined
  /** `null`: it was given no answer. */
  readonly status: number | null
  readonly fault: string | undefined
}

export interface TokenView {
  readonly grantId: string
  readonly issuedAt: number
  readonly expiresAt: number
}

export async function startProvider(
  variant: Variant,
  options: { publicUrl: string; clients?: readonly string[] },
): Promise<Provider> {
  const dataSource = dataSourceOf(variant)
  const rotation: OAuthServerOptions['rotation'] =
    variant === 'kills' ? 'kill' : variant === 'safe' ? 'safe' : { graceSeconds: GRACE_SECONDS }
  const server = await startOAuthServerProcess({
    rotation,
    expiresIn: LONG_LIFE,
    clients: (options.clients ?? ['default']).map((name) => ({
      clientId: `${dataSource}-${name}`,
      clientSecret: `secret of ${name}`,
      redirectUris: [`${options.publicUrl}/oauth/callback/${dataSource}`],
    })),
  })
  return {
    variant,
    dataSource,
    server,
    async tokenRequests(grantIds) {
      const seen = await server.requests()
      return seen.flatMap(({ path, grantId, at, status, fault, grantType }) =>
        path === '/oauth/token' && grantId !== undefined && grantIds.has(grantId)
          ? [{ at, grantId, grantType, status, fault }]
          : [],
      )
    },
    async tokens(tokens) {
      // As many as fit into the body of one request.
      const parts = Array.from({ length: Math.ceil(tokens.length / 500) }, (_, part) =>
        tokens.slice(part * 500, part * 500 + 500),
      )
      const views = await each(parts, 4, (part) => server.accessTokens(part))
      return new Map(views.flat().flatMap((view, index) => (view ? [[tokens[index] as string, view] as const] : [])))
    },
    [Symbol.asyncDispose]: () => server.close(),
  }
}
