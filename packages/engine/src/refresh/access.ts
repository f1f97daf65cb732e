/**
 * Handing out credentials: a still-good token is served even when its early refresh failed, an expired one never is.
 */
import { type AuthMethod, DataSourceError, isDataSourceError } from '@wellhead/datasource-node'
import type { CredentialPort, LiveCredential } from '@wellhead/plugin-host'
import type { Database } from '../db/database.ts'
import type { Signals } from '../db/signals.ts'
import { EngineError } from '../errors.ts'
import type { AccessToken, ConnectionStatus } from '../model.ts'
import type { Timings } from '../timings.ts'
import type { Vault } from '../vault/vault.ts'
import { processTicks, type Ticks } from './clock.ts'
import {
  type CredentialRow,
  type LoadedCredential,
  loadCredential,
  openSecret,
  type ServableCredential,
} from './credential.ts'
import type { Refresher } from './refresh.ts'
import { notBefore } from './schedule.ts'
import { createPostgresStore, type RefreshStore } from './store.ts'

export interface AccessDeps {
  readonly vault: Vault
  readonly timings: Timings
  /** The process's own, unless a test has others. */
  readonly ticks?: Ticks
  /** Asks a worker for a refresh; the row is the truth, so it may fail. */
  enqueueRefresh(connectionId: string, seenGeneration: number): Promise<void>
  /** A credential is about to be handed out. */
  onServed?(connection: ServableCredential['connection']): void
}

/** Milliseconds. A database that takes longer to say what time it is leaves more in doubt than is waited for. */
const LONGEST_DOUBT_MS = 1_000

/** Milliseconds that an access token is still good; infinite when the provider does not say. */
export function remainingMs(row: Pick<CredentialRow, 'expiresAt' | 'rejectedAt'>, now = Date.now()): number {
  if (row.rejectedAt) return 0
  return row.expiresAt ? row.expiresAt.getTime() - now : Number.POSITIVE_INFINITY
}

/** The same of a row that was just read, by the database's clock. */
const leftMs = ({ credential, time }: ServableCredential): number => remainingMs(credential, time.latest().getTime())

/** @throws EngineError when the status forbids any use */
export function requireUsable(status: ConnectionStatus): void {
  if (status === 'needs_reauthorization')
    throw new EngineError('needs_reauthorization', 'The provider ended this connection. Authorize it again.')
  if (status === 'invalid') throw new EngineError('credential_invalid', 'The API key was refused. Give a new one.')
  if (status === 'deleting') throw new EngineError('connection_deleting', 'This connection is being deleted.')
  if (status === 'pending')
    throw new EngineError('connection_not_usable', 'This connection is not validated yet. Try again in a moment.')
}

export interface Wanted {
  readonly minTtlSeconds?: number | undefined
  /** The provider refused its token. */
  readonly rejectedGeneration?: number | undefined
}

/** What is particular to who asks. */
export interface Caller {
  /** Reads the row as the caller may see it. Default: as it is. */
  read?(): Promise<ServableCredential>
  /** Writes down that this generation is handed out, before it is. */
  recorded?(generation: number): Promise<void>
}

export function createAccess(options: AccessDeps & { readonly db: Database; readonly signals: Signals }) {
  return accessOver(createPostgresStore(options), options)
}

export function accessOver(store: RefreshStore, deps: AccessDeps) {
  const { vault, timings, ticks = processTicks } = deps
  // Many callers of one process that wait for the same refresh share one waiter.
  const waiting = new Map<string, Promise<LoadedCredential>>()

  async function refreshed(loaded: ServableCredential): Promise<LoadedCredential> {
    const { connectionId, generation } = loaded.credential
    const key = `${connectionId}:${generation}`
    const known = waiting.get(key)
    if (known) return known
    const waiter = waitForRefresh(loaded).finally(() => waiting.delete(key))
    waiting.set(key, waiter)
    return waiter
  }

  /** Until the row is newer, or an attempt on this generation ended. */
  async function waitForRefresh({ credential }: ServableCredential): Promise<LoadedCredential> {
    const { connectionId, generation, outcomes } = credential
    await store.askForRefresh(connectionId, generation)
    await deps.enqueueRefresh(connectionId, generation).catch(() => store.forgetAsking(connectionId))
    const giveUpAt = ticks() + timings.callerWaitMs
    for (;;) {
      const signal = store.changed(connectionId, timings.pollMs)
      const now = await store.load(connectionId)
      if (now.credential.generation > generation || now.credential.outcomes > outcomes) return now
      if (ticks() >= giveUpAt) return now
      await signal
    }
  }

  async function accessToken(connectionId: string, wanted: Wanted, caller: Caller = {}): Promise<AccessToken> {
    const { read = () => store.load(connectionId), recorded } = caller
    let loaded: ServableCredential = await read()
    requireUsable(loaded.connection.status)
    const minTtlMs = (wanted.minTtlSeconds ?? 0) * 1000
    requireAttainable(loaded.credential, minTtlMs)
    if (wanted.rejectedGeneration !== undefined && wanted.rejectedGeneration === loaded.credential.generation)
      loaded = await markRejected(loaded)

    if (loaded.connection.method === 'api_key') {
      if (loaded.credential.rejectedAt)
        throw new EngineError('credential_invalid', 'The provider refused this API key. It is being checked.')
    } else if (leftMs(loaded) <= minTtlMs) {
      const before = loaded.credential
      const isPaused = pauseMs(loaded) > 0
      if (!isPaused) loaded = await refreshed(loaded)
      requireUsable(loaded.connection.status)
      // What is left of a good token is better than nothing; what is not good is never handed out. A wait that is shared may
      // have looked at the row before this caller reported its token.
      if (leftMs(loaded) <= 0 || loaded.credential.generation === wanted.rejectedGeneration) {
        await certainlyEnded(loaded)
        throw isPaused || loaded.credential.outcomes > before.outcomes ? failed(loaded) : inProgress()
      }
    }
    const secret = await openSecret(vault, loaded.credential)
    await recorded?.(loaded.credential.generation)
    // Writing it down took a while: what ended meanwhile is not handed out.
    if (loaded.connection.method === 'oauth2' && leftMs(loaded) <= 0) return accessToken(connectionId, wanted, caller)
    deps.onServed?.(loaded.connection)
    return {
      accessToken: secret.accessToken,
      expiresAt: loaded.credential.expiresAt,
      generation: loaded.credential.generation,
    }
  }

  /**
   * The database told the time somewhere within a few milliseconds, so a token that may have ended may still be good for as long: nobody is
   * told before that it is not.
   */
  async function certainlyEnded({ credential, time }: ServableCredential): Promise<void> {
    const giveUpAt = ticks() + LONGEST_DOUBT_MS
    for (;;) {
      const doubtMs = remainingMs(credential, time.earliest().getTime())
      if (doubtMs <= 0 || doubtMs > LONGEST_DOUBT_MS || ticks() >= giveUpAt) return
      await store.changed(credential.connectionId, doubtMs)
    }
  }

  /** Milliseconds until a refresh may be tried again after those that failed. */
  function pauseMs({ credential, time }: ServableCredential): number {
    const end = notBefore(credential, { isForced: false, longestMs: timings.longestBackoffMs })
    return end ? end.getTime() - time.latest().getTime() : 0
  }

  function failed(loaded: ServableCredential): EngineError {
    const row = loaded.credential
    return new EngineError(
      'refresh_failed',
      `The token could not be refreshed: ${row.lastOutcomeMessage ?? 'no reason is known.'}`,
      {
        retryAfterSeconds: Math.min(300, Math.max(1, Math.ceil(pauseMs(loaded) / 1000))),
        details: { outcome: row.lastOutcome },
      },
    )
  }

  /** A caller's 401 reaches us too: the token of this generation is no longer served. */
  async function markRejected(loaded: ServableCredential): Promise<LoadedCredential> {
    const { connectionId, generation } = loaded.credential
    await store.rejectToken(connectionId, generation, { isKey: loaded.connection.method === 'api_key' })
    return store.load(connectionId)
  }

  return { accessToken, markRejected, waitForRefresh }
}

export type Access = ReturnType<typeof createAccess>

function requireAttainable(row: ServableCredential['credential'], minTtlMs: number): void {
  if (!row.expiresAt || minTtlMs === 0) return
  const lifetime = row.expiresAt.getTime() - row.issuedAt.getTime()
  if (minTtlMs >= lifetime)
    throw new EngineError(
      'min_ttl_unattainable',
      `This source's tokens live ${Math.floor(lifetime / 1000)} seconds, so none can be good for longer.`,
      { details: { lifetime_seconds: Math.floor(lifetime / 1000) } },
    )
}

const inProgress = () =>
  new EngineError('refresh_in_progress', 'The token is being refreshed. Try again in a moment.', {
    retryAfterSeconds: 5,
  })

/** The worker's way: it refreshes in place. The connection may still be pending, as `identify` runs before it is active. */
export function createCredentialPort(
  deps: { db: Database; vault: Vault; refresher: Refresher; access: Pick<Access, 'markRejected'>; timings: Timings },
  connectionId: string,
  method: AuthMethod,
): CredentialPort {
  const { db, vault, refresher, access, timings } = deps

  async function live(loaded: LoadedCredential): Promise<LiveCredential> {
    const secret = await openSecret(vault, loaded.credential).catch(asDataSourceError)
    return {
      secret: secret.accessToken,
      generation: loaded.credential.generation,
      issuedAt: loaded.credential.issuedAt.getTime(),
    }
  }

  async function refresh(generation: number): Promise<LiveCredential> {
    const result = await refresher.refresh(connectionId, { seenGeneration: generation, waitMs: timings.callerWaitMs })
    const loaded = await loadCredential(db, connectionId)
    if (leftMs(loaded) > 0 && loaded.credential.generation > generation) return live(loaded)
    if (loaded.connection.status === 'needs_reauthorization')
      throw new DataSourceError('unauthorized', 'The provider ended this connection. Authorize it again.')
    if (result.outcome === 'client_misconfigured') throw new DataSourceError('misconfigured', result.message)
    throw new DataSourceError('provider_unavailable', `The token could not be refreshed: ${result.message}`)
  }

  // A key that is refused cannot be refreshed: the host then says so.
  if (method === 'api_key') return { current: async () => live(await loadCredential(db, connectionId)) }
  return {
    async current() {
      const loaded = await loadCredential(db, connectionId)
      return leftMs(loaded) > 0 ? live(loaded) : refresh(loaded.credential.generation)
    },
    async refresh(rejectedGeneration) {
      const loaded = await loadCredential(db, connectionId)
      if (loaded.credential.generation === rejectedGeneration) await access.markRejected(loaded)
      return refresh(rejectedGeneration)
    },
  }
}

/** A data source and its host know no error of the vault: to them it is the operator's, and nothing to try again. */
function asDataSourceError(error: unknown): never {
  if (error instanceof EngineError) throw new DataSourceError('misconfigured', error.message, { cause: error })
  throw error
}

/** The engine's own error, where one came back through a data source. */
export function errorBehind(error: unknown): unknown {
  return isDataSourceError(error) && error.cause instanceof EngineError ? error.cause : error
}
