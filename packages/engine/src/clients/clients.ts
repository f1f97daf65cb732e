/**
 * OAuth clients: the operator's default ones, copied in and sealed, and a workspace's custom ones. A connection is refreshed
 * and revoked with the client that minted it, so a new client id is a new row and a former row stays while it is needed.
 */

import type { Audit } from '../audit/audit.ts'
import type { Database, Transaction } from '../db/database.ts'
import { gatherByName } from '../db/gather.ts'
import { and, eq, exists, inArray, isNotNull, isNull, not, notInArray, or, sql } from '../db/query.ts'
import { authorizations, breakers, connections, credentials, oauthClients } from '../db/schema/index.ts'
import { listOf } from '../db/statement.ts'
import { EngineError } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Actor, OAuthClientView } from '../model.ts'
import { requireRole } from '../tenancy/access.ts'
import type { Vault } from '../vault/vault.ts'

export type ClientRow = typeof oauthClients.$inferSelect

export interface OpenClient {
  readonly clientId: string
  readonly clientSecret: string
  /** When its secret was last given: another one has another version. */
  readonly version: Date
}

/** Most clients that are remembered. */
const MOST_KNOWN = 1_000

export interface Clients {
  get(actor: Actor, dataSource: string): Promise<OAuthClientView | undefined>
  put(actor: Actor, dataSource: string, client: { clientId: string; clientSecret?: string }): Promise<OAuthClientView>
  delete(actor: Actor, dataSource: string): Promise<void>
  /** The client that a new authorization uses: the workspace's own before the default. */
  selected(workspaceId: string, dataSource: string): Promise<ClientRow | undefined>
  /** The default client of a data source, where the operator configured one. */
  defaultOf(dataSource: string): Promise<ClientRow | undefined>
  /** Id and secret, for the token endpoint. @throws EngineError `oauth_client_missing` */
  open(rowId: string): Promise<OpenClient>
  /** The same as it was when it was last opened here: only for whoever makes sure that its version still stands. */
  openAsKnown(rowId: string): Promise<OpenClient>
  /** Makes the default clients those of the configuration. */
  configure(clients: Readonly<Record<string, { clientId: string; clientSecret: string }>>): Promise<void>
}

export function createClients(db: Database, vault: Vault, audit: Audit): Clients {
  const place = (row: { id: string; workspaceId: string | null }) =>
    ({ workspaceId: row.workspaceId, table: 'oauth_clients', row: row.id }) as const

  const ofWorkspace = (workspaceId: string | null, dataSource: string) =>
    and(
      workspaceId === null ? isNull(oauthClients.workspaceId) : eq(oauthClients.workspaceId, workspaceId),
      eq(oauthClients.dataSource, dataSource),
    )

  async function selectedRow(workspaceId: string | null, dataSource: string): Promise<ClientRow | undefined> {
    const [row] = await db
      .select()
      .from(oauthClients)
      .where(and(ofWorkspace(workspaceId, dataSource), eq(oauthClients.isSelected, true)))
    return row
  }

  /** A new client id is a new row; a new secret updates the row and closes its breaker. */
  async function store(
    tx: Transaction,
    workspaceId: string | null,
    dataSource: string,
    client: { clientId: string; clientSecret?: string | undefined },
  ): Promise<ClientRow> {
    await tx.update(oauthClients).set({ isSelected: false }).where(ofWorkspace(workspaceId, dataSource))
    const [known] = await tx
      .select()
      .from(oauthClients)
      .where(and(ofWorkspace(workspaceId, dataSource), eq(oauthClients.clientId, client.clientId)))
    if (!known && client.clientSecret === undefined)
      throw new EngineError('invalid_parameters', 'A new client ID needs its client secret.')
    const id = known?.id ?? newId('cli')
    const secret =
      client.clientSecret === undefined ? {} : await sealSecret(vault, place({ id, workspaceId }), client.clientSecret)
    if (known) {
      const [row] = await tx
        .update(oauthClients)
        .set({ ...secret, isSelected: true, updatedAt: sql`now()` })
        .where(eq(oauthClients.id, id))
        .returning()
      if (client.clientSecret !== undefined) await trustAgain(tx, id)
      return row as ClientRow
    }
    const [row] = await tx
      .insert(oauthClients)
      .values({
        id,
        workspaceId,
        dataSource,
        clientId: client.clientId,
        ...(secret as Awaited<ReturnType<typeof sealSecret>>),
      })
      .returning()
    return row as ClientRow
  }

  const byId = db
    .select()
    .from(oauthClients)
    .where(sql`${oauthClients.id} = any(${listOf('ids')})`)
    .prepare('read_oauth_clients')
  /** The refreshes of one moment are mostly by one client. */
  const read = gatherByName(async (ids) => new Map((await byId.execute({ ids })).map((row) => [row.id, row])), {
    most: 100,
    atOnce: 2,
  })

  const known = new Map<string, OpenClient>()

  async function open(rowId: string): Promise<OpenClient> {
    const row = await read(rowId)
    known.delete(rowId)
    if (!row) throw new EngineError('oauth_client_missing', 'The OAuth client of this connection is gone.')
    const { secret } = await vault.open<{ secret: string }>(place(row), { sealed: row.secretSealed, keyId: row.keyId })
    const opened = { clientId: row.clientId, clientSecret: secret, version: row.updatedAt }
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(rowId, opened)
    return opened
  }

  const inUse = or(
    exists(db.select({ one: sql`1` }).from(connections).where(eq(connections.clientId, oauthClients.id))),
    exists(db.select({ one: sql`1` }).from(authorizations).where(eq(authorizations.clientId, oauthClients.id))),
  )

  return {
    async get(actor, dataSource) {
      const row = await selectedRow(actor.workspaceId, dataSource)
      return row && viewOf(row)
    },

    async put(actor, dataSource, client) {
      requireRole(actor, 'editor', 'manage OAuth clients')
      return db.transaction(async (tx) => {
        const row = await store(tx, actor.workspaceId, dataSource, client)
        await audit.recordIn(tx, actor, {
          action: 'oauth_client.put',
          subject: row.id,
          data: { data_source: dataSource, secret_changed: client.clientSecret !== undefined },
        })
        return viewOf(row)
      })
    },

    async delete(actor, dataSource) {
      requireRole(actor, 'editor', 'manage OAuth clients')
      await db.transaction(async (tx) => {
        const selected = and(ofWorkspace(actor.workspaceId, dataSource), eq(oauthClients.isSelected, true))
        const [row] = await tx.update(oauthClients).set({ isSelected: false }).where(selected).returning()
        if (!row)
          throw new EngineError('oauth_client_not_found', 'This workspace has no custom client for this source.')
        await tx.delete(oauthClients).where(and(eq(oauthClients.id, row.id), not(inUse as ReturnType<typeof sql>)))
        await audit.recordIn(tx, actor, {
          action: 'oauth_client.delete',
          subject: row.id,
          data: { data_source: dataSource },
        })
      })
    },

    selected: async (workspaceId, dataSource) =>
      (await selectedRow(workspaceId, dataSource)) ?? (await selectedRow(null, dataSource)),

    defaultOf: (dataSource) => selectedRow(null, dataSource),

    open,
    openAsKnown: async (rowId) => known.get(rowId) ?? open(rowId),

    async configure(configured) {
      await db.transaction(async (tx) => {
        // Processes that start together take turns.
        await tx.execute(sql`select pg_advisory_xact_lock(7235043)`)
        for (const [dataSource, client] of Object.entries(configured)) {
          const [current] = await tx
            .select()
            .from(oauthClients)
            .where(and(ofWorkspace(null, dataSource), eq(oauthClients.isSelected, true)))
          const unchanged =
            current?.clientId === client.clientId &&
            (
              await vault.open<{ secret: string }>(place(current), {
                sealed: current.secretSealed,
                keyId: current.keyId,
              })
            ).secret === client.clientSecret
          if (!unchanged) await store(tx, null, dataSource, client)
        }
        const kept = Object.keys(configured)
        const former = and(
          isNull(oauthClients.workspaceId),
          kept.length > 0 ? notInArray(oauthClients.dataSource, kept) : undefined,
        )
        await tx.update(oauthClients).set({ isSelected: false }).where(former)
        await tx.delete(oauthClients).where(and(former, not(inUse as ReturnType<typeof sql>)))
      })
    },
  }
}

/** A new secret closes the breaker, and who waited because of the old one is due now. */
async function trustAgain(tx: Transaction, id: string): Promise<void> {
  await tx.delete(breakers).where(eq(breakers.clientId, id))
  const ofClient = tx.select({ id: connections.id }).from(connections).where(eq(connections.clientId, id))
  await tx
    .update(credentials)
    .set({ refreshAt: sql`clock_timestamp()`, enqueuedUntil: null, failures: 0 })
    .where(
      and(
        inArray(credentials.connectionId, ofClient),
        inArray(credentials.lastOutcome, ['client_misconfigured', 'breaker_open']),
        isNotNull(credentials.refreshAt),
      ),
    )
}

async function sealSecret(vault: Vault, place: Parameters<Vault['seal']>[0], secret: string) {
  const { sealed, keyId } = await vault.seal(place, { secret })
  return { secretSealed: sealed, keyId, secretHint: secret.slice(-4) }
}

function viewOf(row: ClientRow): OAuthClientView {
  return {
    id: row.id,
    dataSource: row.dataSource,
    kind: row.workspaceId === null ? 'default' : 'custom',
    clientId: row.clientId,
    secretHint: row.secretHint,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }
}
