/** What a test steers and looks at, in one process by calls and over HTTP by `POST {origin}/_control/{name}` with a JSON array of arguments. */
import { z } from 'zod'
import type { AuthorizationServer } from './authorization-server.ts'
import type { Clock } from './clock.ts'
import { type FaultInput, type Faults, faultSchema } from './faults.ts'
import type { Counters, Grant, GrantEnd, IssuedToken } from './grants.ts'
import type { RequestLog, SeenRequest } from './request-log.ts'
import { type Account, clientSchema, type Settings, settingsSchema } from './settings.ts'

export interface GrantView {
  readonly id: string
  readonly clientId: string
  readonly accountId: string
  readonly scopes: readonly string[]
  /** Pairs issued so far. */
  readonly generation: number
  /** Why it ended; `null` while it lives. */
  readonly ended: GrantEnd | null
  readonly counters: Counters
}

export interface AccessTokenView {
  readonly grantId: string
  /** Which pair of the grant it belongs to, from 1. */
  readonly generation: number
  /** Milliseconds since the epoch on the server's clock. */
  readonly issuedAt: number
  readonly expiresAt: number
}

export interface MintedTokens {
  readonly grantId: string
  readonly accessToken: string
  readonly refreshToken: string
  readonly expiresIn: number
}

export interface OAuthServerControl {
  /** Milliseconds since the epoch on the server's clock. */
  now(): number
  advance(seconds: number): void
  settings(): Settings
  /** Changes some settings; the rest stay. */
  set(settings: Partial<z.input<typeof settingsSchema>>): void
  fault(fault: FaultInput): void
  clearFaults(): void
  /** Lets every request go on that a `hold` keeps. */
  release(): void
  /** A known id is replaced: a new secret, other redirect URIs. */
  registerClient(client: z.input<typeof clientSchema>): void
  /** A grant without the flow, as if the account had consented. Default: the first client, the first account, every scope. */
  mint(grant?: {
    clientId?: string
    accountId?: string
    scopes?: readonly string[]
    /** Seconds that its access token lives; those of its refreshes live as the settings say. Default: as they. */
    expiresIn?: number
  }): MintedTokens
  /** Refuses the access tokens issued so far, as if their time were over. Absent: of all grants. */
  expireAccess(grantId?: string): void
  /** As if the account removed the connection. Absent: all grants. */
  removeGrant(grantId?: string): void
  grants(): readonly GrantView[]
  /** What is known of these access tokens, each in its place; `null` for one that was never issued. */
  accessTokens(tokens: readonly string[]): readonly (AccessTokenView | null)[]
  /** Of one grant, or summed up; the sum also counts token requests that name no grant. */
  counters(grantId?: string): Counters
  /** Every code and token that ever was handed out. */
  issued(): readonly IssuedToken[]
  requests(): readonly SeenRequest[]
}

export interface ControlParts {
  readonly clock: Clock
  readonly server: AuthorizationServer
  readonly faults: Faults
  readonly log: RequestLog
  readonly accounts: readonly Account[]
  readonly firstClientId: string
  settings(): Settings
  change(settings: Settings): void
}

export function createControl(parts: ControlParts): OAuthServerControl {
  const { clock, server, faults, log } = parts
  const { grants } = server
  const named = (id: string): Grant => {
    const grant = grants.get(id)
    if (!grant) throw new RangeError(`There is no grant "${id}"`)
    return grant
  }
  return {
    now: clock.now,
    advance: clock.advance,
    settings: () => structuredClone(parts.settings()),
    set: (some) => parts.change(settingsSchema.parse({ ...parts.settings(), ...some })),
    fault: faults.add,
    clearFaults: faults.clear,
    release: faults.release,
    registerClient: (client) => server.registerClient(clientSchema.parse(client)),
    mint({
      clientId = parts.firstClientId,
      accountId,
      scopes = parts.settings().scopes,
      expiresIn = parts.settings().expiresIn,
    } = {}) {
      const account = accountId === undefined ? parts.accounts[0] : parts.accounts.find(({ id }) => id === accountId)
      if (!account) throw new RangeError(`There is no account "${accountId}"`)
      if (!server.client(clientId)) throw new RangeError(`There is no client "${clientId}"`)
      const { grant, pair } = grants.open(clientId, account, scopes, expiresIn)
      return {
        grantId: grant.id,
        accessToken: pair.access.token,
        refreshToken: pair.refresh!.token,
        expiresIn,
      }
    },
    expireAccess: (grantId) => grants.expireAccess(grantId === undefined ? undefined : named(grantId).id),
    removeGrant(grantId) {
      for (const grant of grantId === undefined ? grants.all() : [named(grantId)]) grants.end(grant, 'removed')
    },
    grants: () =>
      grants.all().map(({ id, clientId, account, scopes, generation, ended, counters }) => ({
        id,
        clientId,
        accountId: account.id,
        scopes,
        generation,
        ended,
        counters: { ...counters },
      })),
    accessTokens: (tokens) =>
      tokens.map((token) => {
        const known = grants.accessToken(token)
        if (!known) return null
        const { grant, generation, issuedAt, expiresAt } = known
        return { grantId: grant.id, generation, issuedAt, expiresAt }
      }),
    counters: (grantId) => ({ ...(grantId === undefined ? server.counters : named(grantId).counters) }),
    issued: () => [
      ...server.authorizations.codes().map(({ code, grantId }) => ({ kind: 'code' as const, token: code, grantId })),
      ...grants.issued,
    ],
    requests: log.list,
  }
}

const none = z.tuple([])
const grantId = z.tuple([z.string().optional()])

/** The arguments of each, as they come over HTTP. */
export const controlArguments = {
  now: none,
  advance: z.tuple([z.number().min(0)]),
  settings: none,
  // Checked by `set` itself: a partial schema would fill in the defaults of what was not given.
  set: z.tuple([z.custom<Partial<z.input<typeof settingsSchema>>>((some) => typeof some === 'object')]),
  fault: z.tuple([faultSchema]),
  clearFaults: none,
  release: none,
  registerClient: z.tuple([clientSchema]),
  mint: z.tuple([
    z
      .strictObject({
        clientId: z.string(),
        accountId: z.string(),
        scopes: z.array(z.string()),
        expiresIn: z.number().positive(),
      })
      .partial()
      .optional(),
  ]),
  expireAccess: grantId,
  removeGrant: grantId,
  grants: none,
  accessTokens: z.tuple([z.array(z.string())]),
  counters: grantId,
  issued: none,
  requests: none,
} as const satisfies Record<keyof OAuthServerControl, z.ZodType>
