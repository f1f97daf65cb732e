/**
 * Connections in bulk: grants that the provider minted, sealed by the engine's own vault, in the rows that an authorization
 * would have left. What is seeded knows of its token what the flow would have told it.
 */
import type postgres from 'postgres'
import type { Sealer } from './engine.ts'
import type { Provider, Variant } from './provider.ts'
import { each } from './until.ts'

/** One connection with one grant at the provider. */
export interface Seeded {
  readonly id: string
  readonly variant: Variant
  readonly grantId: string
  readonly accessToken: string
  /** Milliseconds since the epoch, on the provider's clock. */
  readonly issuedAt: number
  readonly expiresAt: number
  /** When its background refresh comes due. */
  readonly dueAt: number
}

export interface SeedOptions {
  readonly count: number
  /** Seconds that the access token lives; tokens that come later live for a day. */
  readonly lifetime: number
  /**
   * When the background refresh comes due. `scheduled`: as the engine plans it, before the token ends. `now`. `late`: so long
   * after the token's end that only a reader's demand refreshes it, as when no worker lived for a while.
   * A function: milliseconds from now, of the connection with this number.
   */
  readonly due: 'scheduled' | 'now' | 'late' | ((index: number) => number)
  /** Of the provider's clients, by its name. */
  readonly client?: string
}

/** The engine's margin: a fifth of the life and up to half of it again (packages/engine/src/refresh/schedule.ts). */
const scheduledMs = (lifetimeMs: number) => lifetimeMs - lifetimeMs * 0.2 * (1 + 0.5 * Math.random())

export function createSeeder(options: { sql: postgres.Sql; sealer: Sealer }) {
  const { sql, sealer } = options
  let number = 0

  return async function seed(provider: Provider, wanted: SeedOptions): Promise<readonly Seeded[]> {
    const { count, lifetime, due } = wanted
    const clientId = `${provider.dataSource}-${wanted.client ?? 'default'}`
    const [owner] = await sql`select workspace_id, user_id from members limit 1`
    const [client] = await sql`
      select id from oauth_clients where data_source = ${provider.dataSource} and client_id = ${clientId}`
    if (!owner || !client) throw new Error(`There is no owner, or no client ${clientId}`)
    const minted = await each(Array.from({ length: count }), 16, () =>
      provider.server.mint({ clientId, expiresIn: lifetime }),
    )
    const views = await provider.tokens(minted.map(({ accessToken }) => accessToken))
    const first = number
    number += count
    const rows = await each(minted, 16, async ({ grantId, accessToken, refreshToken }, index) => {
      const id = `con_${provider.variant}_${first + index + 1}`
      const { issuedAt, expiresAt } = views.get(accessToken)!
      const sealed = await sealer.seal(owner.workspace_id, id, { accessToken, refreshToken })
      const dueAt =
        due === 'scheduled'
          ? issuedAt + scheduledMs(lifetime * 1000)
          : due === 'late'
            ? expiresAt + 3_600_000
            : due === 'now'
              ? Date.now()
              : Date.now() + due(index)
      const seeded: Seeded = { id, variant: provider.variant, grantId, accessToken, issuedAt, expiresAt, dueAt }
      return { seeded, sealed }
    })
    for (let from = 0; from < rows.length; from += 1000) {
      const part = rows.slice(from, from + 1000)
      await sql.begin(async (tx) => {
        await tx`insert into connections ${tx(
          part.map(({ seeded }) => ({
            id: seeded.id,
            workspace_id: owner.workspace_id,
            data_source: provider.dataSource,
            name: seeded.id,
            method: 'oauth2',
            status: 'active',
            created_by: owner.user_id,
            account_id: 'acc-ada',
            grant_key: seeded.grantId,
            oauth_client_id: client.id,
          })),
        )}`
        await tx`insert into credentials ${tx(
          part.map(({ seeded, sealed }) => ({
            connection_id: seeded.id,
            workspace_id: owner.workspace_id,
            sealed: sealed.sealed,
            key_id: sealed.keyId,
            generation: 1,
            issued_at: new Date(seeded.issuedAt),
            expires_at: new Date(seeded.expiresAt),
            refresh_at: new Date(seeded.dueAt),
          })),
        )}`
      })
    }
    return rows.map(({ seeded }) => seeded)
  }
}
