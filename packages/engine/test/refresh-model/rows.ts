/** The rows of one connection, as the model of the refresh protocol needs them: in memory, or in Postgres. */
import type { Ticks } from '../../src/refresh/clock.ts'
import type { CredentialRow, Secret } from '../../src/refresh/credential.ts'
import { leaseTermFor } from '../../src/refresh/lease.ts'
import type { RefreshStore } from '../../src/refresh/store.ts'
import type { Timings } from '../../src/timings.ts'
import type { Sealed, Vault } from '../../src/vault/vault.ts'

export const connectionId = 'con_model'
export const workspaceId = 'workspace1'
export const dataSource = 'items'
export const clientId = 'cli_model'
export const client = { clientId: 'items-client', clientSecret: 'secret', version: new Date('2026-01-01T00:00:00Z') }
/** The one client, whose row never changes. */
export const clients = { open: async () => client, openAsKnown: async () => client }

/** The protocol's own lengths, as in production. */
export const timings: Timings = {
  leaseMs: 120_000,
  tokenCallMs: 90_000,
  callerWaitMs: 25_000,
  pollMs: 250,
  sweepMs: 5_000,
  horizonMs: 15_000,
  sweepLimit: 1_000,
  backoffMs: 5_000,
  longestBackoffMs: 30 * 60_000,
  idleMs: 3 * 24 * 3_600_000,
  keepAliveMs: 30 * 24 * 3_600_000,
  preflightMs: 10 * 60_000,
  runLeaseMs: 30_000,
  runDeadlineMs: 2 * 3_600_000,
  drainMs: 30_000,
  retentionMs: 30 * 24 * 3_600_000,
  breakerFailures: 5,
  breakerOpenMs: 30_000,
}

/** Of whoever holds the row for a whole token call. */
export const wholeLease = leaseTermFor({ kind: 'kills' }, timings)

export interface Seen {
  readonly status: string
  readonly credential: CredentialRow
}

export interface NewGrant {
  readonly secret: Secret
  readonly issuedAt: Date
  readonly lifetimeSeconds: number
}

export interface Rows {
  /** As a process with this clock sees them. */
  store(ticks: Ticks): RefreshStore
  /** The time that the database's clock shows from now on. */
  setTime(at: Date): Promise<void>
  read(): Promise<Seen | undefined>
  /** One fresh connection with this grant, and nothing of a former one. */
  begin(grant: NewGrant): Promise<void>
  /** Another authorization of the same connection: false when it is being deleted. */
  reauthorize(grant: NewGrant): Promise<boolean>
  /** The same secret under another key, where the row is still as it was seen. */
  reseal(seen: { generation: number; keyId: string }, sealed: Sealed): Promise<boolean>
  markDeleting(): Promise<void>
  erase(): Promise<void>
}

/** Seals nothing: what is sealed where is not what the model is about, and reading is what its rules do. */
export function glassVault(keyId = 'key-1'): Vault {
  return {
    async seal(_place, value) {
      return { sealed: Buffer.from(JSON.stringify(value)), keyId }
    },
    async open(_place, { sealed }) {
      return JSON.parse(sealed.toString())
    },
    async ready() {},
    async verify() {},
  }
}

export const secretIn = (row: Pick<CredentialRow, 'sealed'>): Secret => JSON.parse(row.sealed.toString())
