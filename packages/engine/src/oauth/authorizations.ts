/**
 * OAuth attempts as the browser and the API see them. An attempt is bound to its workspace, member, data source, client and
 * browser, lives ten minutes and is used once. Everything here works without the network; the exchange is authorize.ts.
 *
 * States: `pending` until the callback; `exchanging` while the worker has the code; then `completed`, `failed`, `cancelled`
 * (the person said no at the provider) or `expired`.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Registry } from '@wellhead/plugin-host'
import type { Audit } from '../audit/audit.ts'
import type { Clients } from '../clients/clients.ts'
import type { Database } from '../db/database.ts'
import { and, eq, sql } from '../db/query.ts'
import { authorizations, connections, users, workspaces } from '../db/schema/index.ts'
import type { Signals } from '../db/signals.ts'
import type { Settled } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { newId, newNonce } from '../ids.ts'
import type { JobName, JobPayload } from '../jobs/catalog.ts'
import type { Actor, Authorization } from '../model.ts'
import { requireManage, requireScope, visibleTo } from '../tenancy/access.ts'
import type { Timings } from '../timings.ts'
import type { Vault } from '../vault/vault.ts'
import {
  type AuthorizationRow,
  type AuthorizationSecrets,
  authorizationSignal,
  finish,
  oauthOf,
  openSecrets,
  redirectUriOf,
  secretsPlace,
  viewOf,
} from './attempt.ts'
import { buildAuthorizeUrl } from './authorize-url.ts'

/** RFC 9700 section 4.7 wants state short-lived; providers' codes live as long at most. */
const LIFETIME_SECONDS = 600

export interface AuthorizationsDeps {
  readonly db: Database
  readonly signals: Signals
  readonly vault: Vault
  readonly audit: Audit
  readonly clients: Clients
  readonly registry: Registry
  readonly publicUrl: string
  readonly timings: Timings
  offer<Name extends JobName>(name: Name, payload: JobPayload<Name>): Promise<void>
}

export function createAuthorizations(deps: AuthorizationsDeps) {
  const { db, signals, vault, audit, clients, registry } = deps

  async function byId(id: string): Promise<AuthorizationRow> {
    const [row] = await db.select().from(authorizations).where(eq(authorizations.id, id))
    if (!row) throw new EngineError('authorization_not_found', 'There is no such authorization.')
    return row
  }

  return {
    async create(
      actor: Actor,
      input: { dataSource: string; name?: string; connectionId?: string },
    ): Promise<{ authorization: Authorization; connectPath: string }> {
      requireScope(actor, 'connections:write')
      const { hosted, spec } = oauthOf(registry, input.dataSource)
      const again =
        input.connectionId === undefined ? undefined : await toReauthorize(actor, input.dataSource, input.connectionId)
      if (input.name !== undefined && !again) await requireFreeName(actor, input.dataSource, input.name)
      const client = await clients.selected(actor.workspaceId, input.dataSource)
      if (!client)
        throw new EngineError(
          'oauth_client_missing',
          `No OAuth client is configured for ${hosted.source.name}. Add one under OAuth Client Settings.`,
        )
      const id = newId('auth')
      const redirectUri = redirectUriOf(deps.publicUrl, input.dataSource)
      const url = await buildAuthorizeUrl(hosted, spec, { clientId: client.clientId, redirectUri })
      const secrets: AuthorizationSecrets = {
        location: url.location,
        ...(url.codeVerifier ? { codeVerifier: url.codeVerifier } : {}),
      }
      const sealed = await vault.seal(secretsPlace({ id, workspaceId: actor.workspaceId }), secrets)
      const row = await db.transaction(async (tx) => {
        const [created] = await tx
          .insert(authorizations)
          .values({
            id,
            workspaceId: actor.workspaceId,
            userId: actor.userId,
            dataSource: input.dataSource,
            clientId: client.id,
            connectionId: again?.id ?? null,
            isReauthorization: again !== undefined,
            name: input.name ?? null,
            status: 'pending',
            redirectUri,
            stateHash: hashOf(url.state),
            secretsSealed: sealed.sealed,
            keyId: sealed.keyId,
            expiresAt: sql`clock_timestamp() + ${`${LIFETIME_SECONDS} seconds`}::interval`,
          })
          .returning()
        await audit.recordIn(tx, actor, {
          action: 'authorization.create',
          subject: id,
          data: { data_source: input.dataSource },
        })
        return created as AuthorizationRow
      })
      return { authorization: viewOf(row), connectPath: `/connect/${id}` }
    },

    async get(actor: Actor, id: string): Promise<Authorization> {
      requireScope(actor, 'connections:read')
      const row = await byId(id)
      if (row.workspaceId !== actor.workspaceId || row.userId !== actor.userId)
        throw new EngineError('authorization_not_found', 'There is no such authorization.')
      return viewOf(row)
    },

    /** Who asks for what: shown to a browser that is not signed in as the member who began the attempt. */
    async describe(
      id: string,
    ): Promise<{ userId: string; memberName: string; workspaceName: string; dataSourceName: string }> {
      const row = await byId(id)
      const [named] = await db
        .select({ memberName: users.name, workspaceName: workspaces.name })
        .from(users)
        .innerJoin(workspaces, eq(workspaces.id, row.workspaceId))
        .where(eq(users.id, row.userId))
      return {
        userId: row.userId,
        memberName: named?.memberName ?? '',
        workspaceName: named?.workspaceName ?? '',
        dataSourceName: registry.get(row.dataSource)?.source.name ?? row.dataSource,
      }
    },

    async begin(id: string) {
      const row = await byId(id)
      requirePending(row)
      const secrets = await openSecrets(vault, row)
      const value = newNonce()
      const [bound] = await db
        .update(authorizations)
        .set({ browserHash: hashOf(value) })
        .where(and(eq(authorizations.id, id), eq(authorizations.status, 'pending')))
        .returning({ id: authorizations.id })
      if (!bound || !secrets.location)
        throw new EngineError('authorization_used', 'This attempt was used already. Start again.')
      return {
        location: secrets.location,
        // Its own name, so that two attempts in one browser do not overwrite each other.
        cookie: { name: cookieName(id), value, path: '/oauth', maxAgeSeconds: LIFETIME_SECONDS },
      }
    },

    async callback(
      dataSource: string,
      query: URLSearchParams,
      cookies: Readonly<Record<string, string | undefined>>,
    ): Promise<Authorization> {
      const state = query.get('state')
      if (!state) throw new EngineError('authorization_response_invalid', 'The provider sent no state. Start again.')
      // Looked up and used up in one step, before anything else is believed (RFC 9700, section 4.7).
      const [row] = await db
        .update(authorizations)
        .set({ stateHash: null })
        .where(eq(authorizations.stateHash, hashOf(state)))
        .returning()
      if (!row) throw new EngineError('authorization_used', 'This attempt is unknown or was used already. Start again.')
      const refuse = (
        code:
          | 'authorization_wrong_browser'
          | 'authorization_response_invalid'
          | 'authorization_issuer_mismatch'
          | 'authorization_expired',
        message: string,
      ) => finish(deps, row, code === 'authorization_expired' ? 'expired' : 'failed', { code, message })

      if (row.status !== 'pending') return viewOf(row)
      if (row.expiresAt.getTime() <= Date.now())
        return refuse('authorization_expired', 'This attempt took longer than ten minutes. Start again.')
      if (row.dataSource !== dataSource)
        return refuse('authorization_response_invalid', 'The answer came back for another data source. Start again.')
      if (!matches(row.browserHash, cookies[cookieName(row.id)]))
        return refuse(
          'authorization_wrong_browser',
          'The answer came back in another browser than the one that asked. Start again.',
        )
      const repeated = [...new Set(query.keys())].some((name) => query.getAll(name).length > 1)
      const code = query.get('code')
      const error = query.get('error')
      if (repeated || (code === null) === (error === null))
        return refuse('authorization_response_invalid', 'The provider sent an answer that cannot be read. Start again.')
      const { spec, hosted } = oauthOf(registry, dataSource)
      const issuer = query.get('iss')
      if (issuer === null ? spec.issuerRequired : spec.issuer !== undefined && issuer !== spec.issuer)
        return refuse(
          'authorization_issuer_mismatch',
          'The answer came from another authorization server. Start again.',
        )
      if (error !== null) {
        if (error === 'access_denied')
          return finish(deps, row, 'cancelled', {
            code: 'access_denied',
            message: `You did not give access at ${hosted.source.name}. Nothing was connected.`,
          })
        return finish(deps, row, 'failed', {
          code: 'provider_refused',
          message: `${hosted.source.name} refused the request${/^[\w.-]{1,64}$/.test(error) ? ` (${error})` : ''}.`,
        })
      }

      const secrets = await openSecrets(vault, row)
      const sealed = await vault.seal(secretsPlace(row), { ...secrets, location: undefined, code })
      const [exchanging] = await db
        .update(authorizations)
        .set({
          status: 'exchanging',
          secretsSealed: sealed.sealed,
          keyId: sealed.keyId,
          dueAt: sql`clock_timestamp()`,
          enqueuedUntil: sql`clock_timestamp() + ${`${deps.timings.horizonMs} milliseconds`}::interval`,
        })
        .where(and(eq(authorizations.id, row.id), eq(authorizations.status, 'pending')))
        .returning()
      await deps.offer('connection.authorize', { authorizationId: row.id })
      return viewOf(exchanging ?? row)
    },

    async follow(id: string, cookies: Readonly<Record<string, string | undefined>>): Promise<Authorization> {
      const row = await byId(id)
      if (!matches(row.browserHash, cookies[cookieName(id)]))
        throw new EngineError('authorization_wrong_browser', 'This attempt belongs to another browser.')
      return viewOf(row)
    },

    async settled(id: string, timeoutMs: number): Promise<Settled<Authorization>> {
      const giveUpAt = performance.now() + timeoutMs
      for (;;) {
        const left = giveUpAt - performance.now()
        const signal = signals.wait(authorizationSignal(id), Math.max(1, Math.min(left, deps.timings.pollMs)))
        const row = await byId(id)
        const done = row.status !== 'pending' && row.status !== 'exchanging'
        if (done || left <= 0) return { done, value: viewOf(row) }
        await signal
      }
    },
  }

  async function toReauthorize(actor: Actor, dataSource: string, connectionId: string) {
    const [row] = await db
      .select()
      .from(connections)
      .where(and(eq(connections.id, connectionId), visibleTo(db, actor)))
    if (!row || row.dataSource !== dataSource)
      throw new EngineError('connection_not_found', 'There is no such connection to this data source.')
    requireManage(actor, row)
    if (row.status === 'deleting')
      throw new EngineError('connection_deleting', 'This connection is being deleted and cannot be authorized again.')
    if (row.method !== 'oauth2')
      throw new EngineError('method_not_supported', 'This connection has an API key; give a new key instead.')
    return row
  }

  async function requireFreeName(actor: Actor, dataSource: string, name: string): Promise<void> {
    const [taken] = await db
      .select({ id: connections.id })
      .from(connections)
      .where(
        and(
          eq(connections.workspaceId, actor.workspaceId),
          eq(connections.dataSource, dataSource),
          eq(connections.name, name),
          sql`${connections.status} <> 'deleting'`,
        ),
      )
    if (taken) throw new EngineError('name_taken', `There is already a connection named "${name}" to this source.`)
  }
}

function requirePending(row: AuthorizationRow): void {
  if (row.status !== 'pending')
    throw new EngineError('authorization_used', 'This attempt was used already. Start again.')
  if (row.expiresAt.getTime() <= Date.now())
    throw new EngineError('authorization_expired', 'This attempt took longer than ten minutes. Start again.')
}

const cookieName = (id: string): string => `wellhead_${id}`

const hashOf = (value: string): string => createHash('sha256').update(value).digest('hex')

function matches(hash: string | null, value: string | undefined): boolean {
  return hash !== null && value !== undefined && timingSafeEqual(Buffer.from(hash), Buffer.from(hashOf(value)))
}
