/** What members do with connections. The work behind it is a due row that a worker takes up. */
import type { Registry } from '@wellhead/plugin-host'
import type { Audit } from '../audit/audit.ts'
import type { Database, Transaction } from '../db/database.ts'
import { and, desc, eq, inArray, lt, or, sql } from '../db/query.ts'
import { connectionMembers, connections, credentials, oauthClients } from '../db/schema/index.ts'
import { notify, type Signals } from '../db/signals.ts'
import type { ConnectionPatch, Settled, Ticket } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { newId } from '../ids.ts'
import type { JobName, JobPayload } from '../jobs/catalog.ts'
import type { AccessToken, Actor, Connection, Page } from '../model.ts'
import { decodePageCursor, encodePageCursor } from '../page-cursor.ts'
import type { Access } from '../refresh/access.ts'
import { credentialSignal, loadCredential, sealSecret } from '../refresh/credential.ts'
import { plan } from '../refresh/plan.ts'
import { notBefore } from '../refresh/schedule.ts'
import { cancelRunsOf } from '../runs/end.ts'
import { requireManage, requireScope, visibleTo } from '../tenancy/access.ts'
import type { Timings } from '../timings.ts'
import type { Vault } from '../vault/vault.ts'
import { checkedKey, hintOf } from './api-key.ts'
import { chooseMembers } from './chosen-members.ts'
import { freeName, insertConnection, takeTurns } from './names.ts'
import { movesCredential, parseSettings } from './settings.ts'
import { type ConnectionRow, connectionSignal, emitForConnection } from './transitions.ts'
import { connectionView } from './view.ts'

export interface ConnectionsDeps {
  readonly db: Database
  readonly signals: Signals
  readonly vault: Vault
  readonly audit: Audit
  readonly registry: Registry
  readonly access: Access
  readonly timings: Timings
  /** Hands work to the queue; the row is the truth, so it never throws. */
  offer<Name extends JobName>(name: Name, payload: JobPayload<Name>): Promise<void>
}

export function createConnections(deps: ConnectionsDeps) {
  const { db, signals, vault, audit, registry, timings } = deps
  const touched = new Map<string, number>()
  const horizon = () => sql`clock_timestamp() + ${`${timings.horizonMs} milliseconds`}::interval`

  async function visible(tx: Database | Transaction, actor: Actor, id: string): Promise<ConnectionRow> {
    const [row] = await tx
      .select()
      .from(connections)
      .where(and(eq(connections.id, id), visibleTo(db, actor)))
    if (!row) throw new EngineError('connection_not_found', 'There is no such connection.')
    return row
  }

  async function views(rows: readonly ConnectionRow[]): Promise<Connection[]> {
    const ids = rows.map((row) => row.id)
    if (ids.length === 0) return []
    const [secrets, chosen, clients] = await Promise.all([
      db
        .select({
          connectionId: credentials.connectionId,
          generation: credentials.generation,
          expiresAt: credentials.expiresAt,
          lastRefreshedAt: credentials.lastRefreshedAt,
        })
        .from(credentials)
        .where(inArray(credentials.connectionId, ids)),
      db.select().from(connectionMembers).where(inArray(connectionMembers.connectionId, ids)),
      db
        .select({ id: oauthClients.id, workspaceId: oauthClients.workspaceId })
        .from(oauthClients)
        .where(
          inArray(
            oauthClients.id,
            rows.map((row) => row.clientId).filter((id) => id !== null),
          ),
        ),
    ])
    return rows.map((row) =>
      connectionView(row, {
        credential: secrets.find((secret) => secret.connectionId === row.id) ?? {
          generation: 0,
          expiresAt: null,
          lastRefreshedAt: null,
        },
        client: clients.find((client) => client.id === row.clientId) ?? null,
        memberIds: chosen.filter((member) => member.connectionId === row.id).map((member) => member.userId),
      }),
    )
  }

  const viewOf = async (row: ConnectionRow): Promise<Connection> => (await views([row]))[0] as Connection

  async function manageable(tx: Database | Transaction, actor: Actor, id: string): Promise<ConnectionRow> {
    requireScope(actor, 'connections:write')
    return requireChangeable(actor, await visible(tx, actor, id))
  }

  /** As `manageable`, and nobody else changes it meanwhile. */
  async function locked(tx: Transaction, actor: Actor, id: string): Promise<ConnectionRow> {
    await manageable(tx, actor, id)
    const [row] = await tx.select().from(connections).where(eq(connections.id, id)).for('no key update')
    if (!row) throw new EngineError('connection_not_found', 'There is no such connection.')
    return requireChangeable(actor, row)
  }

  function requireChangeable(actor: Actor, row: ConnectionRow): ConnectionRow {
    requireManage(actor, row)
    if (row.status === 'deleting')
      throw new EngineError('connection_deleting', 'This connection is being deleted and cannot be changed.')
    return row
  }

  /** Puts validation in the row and returns its number. */
  async function askForValidation(tx: Transaction, id: string): Promise<number> {
    const [row] = await tx
      .update(connections)
      .set({
        work: 'validate',
        dueAt: sql`clock_timestamp()`,
        enqueuedUntil: horizon(),
        attempts: 0,
        sequence: sql`${connections.sequence} + 1`,
      })
      .where(eq(connections.id, id))
      .returning({ sequence: connections.sequence })
    return row?.sequence ?? 0
  }

  return {
    async create(
      actor: Actor,
      input: { dataSource: string; name?: string; apiKey: string; settings?: Record<string, unknown> },
    ): Promise<Connection> {
      requireScope(actor, 'connections:write')
      const hosted = registry.get(input.dataSource)
      if (!hosted) throw new EngineError('data_source_not_found', `There is no data source ${input.dataSource}.`)
      if (!hosted.source.auth.some((spec) => spec.method === 'api_key'))
        throw new EngineError('method_not_supported', `${hosted.source.name} does not take an API key.`)
      const apiKey = checkedKey(input.apiKey)
      const settings = parseSettings(hosted, input.settings ?? {})
      const id = newId('con')
      const sealed = await sealSecret(vault, actor.workspaceId, id, { accessToken: apiKey, refreshToken: null })
      const row = await db.transaction(async (tx) => {
        const created = await insertConnection(tx, {
          id,
          actor,
          dataSource: input.dataSource,
          name: input.name,
          fallbackName: hosted.source.name,
          values: { method: 'api_key', status: 'pending', settings, keyHint: hintOf(apiKey) },
        })
        await tx.insert(credentials).values({
          connectionId: id,
          workspaceId: actor.workspaceId,
          sealed: sealed.sealed,
          keyId: sealed.keyId,
          generation: 1,
          issuedAt: new Date(),
        })
        await askForValidation(tx, id)
        await emitForConnection(tx, created, 'connection.created', { method: 'api_key' })
        await audit.recordIn(tx, actor, {
          action: 'connection.create',
          subject: id,
          data: { data_source: input.dataSource },
        })
        return created
      })
      await deps.offer('connection.validate', { connectionId: id })
      return viewOf(row)
    },

    async list(
      actor: Actor,
      filter: { dataSource?: string; cursor?: string; limit?: number },
    ): Promise<Page<Connection>> {
      requireScope(actor, 'connections:read')
      const limit = filter.limit ?? 50
      const before = filter.cursor === undefined ? undefined : decodePageCursor(filter.cursor)
      const rows = await db
        .select()
        .from(connections)
        .where(
          and(
            visibleTo(db, actor),
            filter.dataSource ? eq(connections.dataSource, filter.dataSource) : undefined,
            before &&
              or(
                lt(connections.createdAt, before.at),
                and(eq(connections.createdAt, before.at), lt(connections.id, before.id)),
              ),
          ),
        )
        .orderBy(desc(connections.createdAt), desc(connections.id))
        .limit(limit + 1)
      const items = rows.slice(0, limit)
      const last = items.at(-1)
      return {
        items: await views(items),
        nextCursor: rows.length > limit && last ? encodePageCursor(last.createdAt, last.id) : null,
      }
    },

    async get(actor: Actor, id: string): Promise<Connection> {
      requireScope(actor, 'connections:read')
      return viewOf(await visible(db, actor, id))
    },

    async update(actor: Actor, id: string, patch: ConnectionPatch): Promise<Connection> {
      let validates = false
      const apiKey = patch.apiKey === undefined ? undefined : checkedKey(patch.apiKey)
      const sealed =
        apiKey === undefined
          ? undefined
          : await sealSecret(vault, actor.workspaceId, id, { accessToken: apiKey, refreshToken: null })
      const changed = await db.transaction(async (tx) => {
        // Before the row itself is locked: whoever makes another one the default locks rows in the same order.
        if (patch.name !== undefined || patch.isDefault !== undefined)
          await takeTurns(tx, await manageable(tx, actor, id))
        const row = await locked(tx, actor, id)
        const hosted = registry.get(row.dataSource)
        if (!hosted)
          throw new EngineError('data_source_not_found', `The data source ${row.dataSource} is not installed.`)
        const changes: Partial<typeof connections.$inferInsert> = {}
        if (patch.name !== undefined) changes.name = await freeName(tx, row, patch.name)
        if (patch.visibility !== undefined) changes.visibility = patch.visibility
        if (patch.visibility !== undefined || patch.memberIds !== undefined)
          await chooseMembers(tx, row, patch.visibility ?? row.visibility, patch.memberIds)
        if (patch.isDefault !== undefined) {
          if (patch.isDefault)
            await tx
              .update(connections)
              .set({ isDefault: false })
              .where(
                and(
                  eq(connections.workspaceId, row.workspaceId),
                  eq(connections.dataSource, row.dataSource),
                  eq(connections.isDefault, true),
                ),
              )
          changes.isDefault = patch.isDefault
        }
        if (patch.settings !== undefined) {
          changes.settings = parseSettings(hosted, patch.settings)
          if (patch.apiKey === undefined && movesCredential(hosted, row.settings, changes.settings))
            throw new EngineError(
              'api_key_required',
              'This setting decides where the key is sent, so give the key again.',
            )
          validates = true
        }
        if (apiKey !== undefined && sealed !== undefined) {
          if (row.method !== 'api_key')
            throw new EngineError('method_not_supported', 'This connection has no API key; authorize it again instead.')
          await tx
            .update(credentials)
            .set({
              sealed: sealed.sealed,
              keyId: sealed.keyId,
              generation: sql`${credentials.generation} + 1`,
              issuedAt: new Date(),
              rejectedAt: null,
            })
            .where(eq(credentials.connectionId, id))
          changes.keyHint = hintOf(apiKey)
          changes.status = 'pending'
          changes.lastError = null
          validates = true
        }
        const [updated] = await tx
          .update(connections)
          .set({ ...changes, updatedAt: sql`now()` })
          .where(eq(connections.id, id))
          .returning()
        if (validates) await askForValidation(tx, id)
        await audit.recordIn(tx, actor, {
          action: 'connection.update',
          subject: id,
          data: { changed: Object.keys(patch) },
        })
        await notify(tx, connectionSignal(id))
        return updated as ConnectionRow
      })
      if (validates) await deps.offer('connection.validate', { connectionId: id })
      // Also to an editor who just chose members without himself: it is what he did.
      return viewOf(changed)
    },

    async delete(actor: Actor, id: string): Promise<void> {
      await db.transaction(async (tx) => {
        await locked(tx, actor, id)
        await tx
          .update(connections)
          .set({
            status: 'deleting',
            isDefault: false,
            work: 'erase',
            dueAt: sql`clock_timestamp()`,
            enqueuedUntil: horizon(),
            attempts: 0,
            sequence: sql`${connections.sequence} + 1`,
            updatedAt: sql`now()`,
          })
          .where(eq(connections.id, id))
        await tx.update(credentials).set({ refreshAt: null }).where(eq(credentials.connectionId, id))
        await cancelRunsOf(tx, id)
        await audit.recordIn(tx, actor, { action: 'connection.delete', subject: id })
        await notify(tx, connectionSignal(id))
      })
      await deps.offer('connection.erase', { connectionId: id })
    },

    async validate(actor: Actor, id: string): Promise<Ticket> {
      const sequence = await db.transaction(async (tx) => {
        const row = await locked(tx, actor, id)
        if (row.work === 'validate' && row.attempts === 0) return row.sequence
        return askForValidation(tx, id)
      })
      await deps.offer('connection.validate', { connectionId: id })
      return { connectionId: id, work: 'validate', sequence }
    },

    async refresh(actor: Actor, id: string, options: { acceptRisk?: boolean }): Promise<Ticket> {
      const row = await manageable(db, actor, id)
      if (row.method !== 'oauth2')
        throw new EngineError('method_not_supported', 'An API key is not refreshed; give a new one instead.')
      if (row.status === 'needs_reauthorization')
        throw new EngineError('needs_reauthorization', 'The provider ended this connection. Authorize it again.')
      const { credential } = await loadCredential(db, id)
      const now = new Date()
      const acceptRisk = options.acceptRisk ?? false
      const pause = notBefore(credential, { isForced: true, longestMs: timings.longestBackoffMs })
      if (pause && pause > now)
        throw new EngineError('refresh_failed', 'The provider asks to wait before the next refresh.', {
          retryAfterSeconds: Math.ceil((pause.getTime() - now.getTime()) / 1000),
          details: { outcome: credential.lastOutcome },
        })
      const spec = registry.get(row.dataSource)?.source.auth.find((auth) => auth.method === 'oauth2')
      // An attempt that is under way has no outcome yet: this call joins it.
      const isUnderWay = credential.leaseUntil !== null && credential.leaseUntil > now
      const input = { ...credential, now, acceptRisk, knownUnspent: false }
      if (spec && !isUnderWay && plan({ ...input, replay: spec.replay }).step === 'hold')
        throw new EngineError(
          'refresh_would_risk_grant',
          'The outcome of the last refresh is unknown, so trying again could end the grant. The access token is still good.',
        )
      // Due now: the sweep finds it when the queue loses the job.
      await db
        .update(credentials)
        .set({ refreshAt: sql`clock_timestamp()`, enqueuedUntil: horizon() })
        .where(and(eq(credentials.connectionId, id), eq(credentials.generation, credential.generation)))
      await deps.offer('connection.refresh', {
        connectionId: id,
        seenGeneration: credential.generation,
        acceptRisk,
      })
      return { connectionId: id, work: 'refresh', sequence: credential.outcomes + 1 }
    },

    async settled(actor: Actor, id: string, ticket: Ticket, timeoutMs: number): Promise<Settled<Connection>> {
      const giveUpAt = performance.now() + timeoutMs
      const key = ticket.work === 'validate' ? connectionSignal(id) : credentialSignal(id)
      for (;;) {
        const left = giveUpAt - performance.now()
        const signal = signals.wait(key, Math.max(1, Math.min(left, timings.pollMs)))
        // The outcome is looked at before the row that is shown, so that the row is never older than it.
        const outcomes = ticket.work === 'refresh' ? (await loadCredential(db, id)).credential.outcomes : 0
        const row = await visible(db, actor, id)
        const reached = ticket.work === 'validate' ? row.settledSequence : outcomes
        if (reached >= ticket.sequence || left <= 0)
          return { done: reached >= ticket.sequence, value: await viewOf(row) }
        await signal
      }
    },

    async accessToken(
      actor: Actor,
      id: string,
      options: { minTtlSeconds?: number; rejectedGeneration?: number },
    ): Promise<AccessToken> {
      requireScope(actor, 'credentials:read')
      await visible(db, actor, id)
      const token = await deps.access.accessToken(id, options)
      await audit.record(actor, { action: 'credential.read', subject: id, data: { generation: token.generation } })
      await touch(id)
      return token
    },

    /** Which connection a run uses: the named one, else the default, else the only one. */
    async forUse(actor: Actor, dataSource: string, id: string | undefined): Promise<ConnectionRow> {
      if (id !== undefined) {
        const row = await visible(db, actor, id)
        if (row.dataSource !== dataSource)
          throw new EngineError('connection_not_found', `This connection is not one to ${dataSource}.`)
        return row
      }
      const rows = await db
        .select()
        .from(connections)
        .where(
          and(visibleTo(db, actor), eq(connections.dataSource, dataSource), sql`${connections.status} <> 'deleting'`),
        )
        .orderBy(desc(connections.isDefault), connections.createdAt)
        .limit(2)
      const [first] = rows
      if (first && (first.isDefault || rows.length === 1)) return first
      throw new EngineError(
        'no_default_connection',
        first
          ? 'There are several connections and none is the default. Name one, or make one the default.'
          : 'There is no connection to this data source. Connect one first.',
      )
    },

    touch,
  }

  /** To the minute: a busy connection does not write its row with each use. */
  async function touch(id: string): Promise<void> {
    const now = Date.now()
    if ((touched.get(id) ?? 0) > now - 60_000) return
    if (touched.size > 100_000) touched.clear()
    touched.set(id, now)
    await db.update(connections).set({ lastUsedAt: sql`now()` }).where(eq(connections.id, id))
  }
}

export type Connections = ReturnType<typeof createConnections>
