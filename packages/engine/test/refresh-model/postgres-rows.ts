/**
 * The rows of the model in a real PostgreSQL, with the statements that production runs. The database's clock is the model's: a
 * schema that is searched before pg_catalog has the functions that tell the time.
 */
import type { Logger } from '@wellhead/datasource-node'
import postgres from 'postgres'
import { transition } from '../../src/connections/transitions.ts'
import { connectDatabase, type Database } from '../../src/db/database.ts'
import { eq, sql } from '../../src/db/query.ts'
import { schema } from '../../src/index.ts'
import { writePair } from '../../src/oauth/activate.ts'
import type { AuthorizationRow } from '../../src/oauth/attempt.ts'
import { sealSecret } from '../../src/refresh/credential.ts'
import { after, refreshAtFor } from '../../src/refresh/schedule.ts'
import { createPostgresStore } from '../../src/refresh/store.ts'
import { freshConnection } from './fresh-rows.ts'
import {
  client,
  clientId,
  connectionId,
  dataSource,
  glassVault,
  type NewGrant,
  type Rows,
  timings,
  workspaceId,
} from './rows.ts'
import { spec } from './spec.ts'

const { connections, credentials, oauthClients, users, workspaces, breakers, events } = schema

export interface PostgresRows extends Rows, AsyncDisposable {
  readonly db: Database
}

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

export async function createPostgresRows(url: string): Promise<PostgresRows> {
  await ownClock(url)
  const { db, close } = connectDatabase(url, { max: 4, pooled: false })
  await db.insert(users).values({ id: 'user1', name: 'Ada', email: 'ada@acme.test' })
  await db.insert(workspaces).values({ id: workspaceId, name: 'Acme', slug: 'acme' })
  await db.insert(oauthClients).values({
    id: clientId,
    dataSource,
    clientId: 'items-client',
    secretSealed: Buffer.from(''),
    keyId: 'key-1',
    secretHint: '',
    updatedAt: client.version,
  })
  const vault = glassVault()
  const here = eq(credentials.connectionId, connectionId)

  return {
    db,
    store: (ticks) => createPostgresStore({ db, signals: { wait: async () => {} }, timings, ticks }),
    async setTime(at) {
      await db.execute(sql`update model_clock.instant set at = ${at.toISOString()}::timestamptz`)
    },
    async read() {
      const [row] = await db
        .select({ status: connections.status, credential: credentials })
        .from(credentials)
        .innerJoin(connections, eq(connections.id, credentials.connectionId))
        .where(here)
      return row
    },
    async begin({ secret, issuedAt, lifetimeSeconds }) {
      await db.delete(connections)
      await db.delete(breakers)
      await db.delete(events)
      await db.insert(connections).values({ ...freshConnection(issuedAt), grantKey: connectionId })
      const expiresAt = after(issuedAt, lifetimeSeconds * 1000)
      await db.insert(credentials).values({
        connectionId,
        workspaceId,
        ...(await sealSecret(vault, workspaceId, connectionId, secret)),
        generation: 1,
        issuedAt,
        expiresAt,
        refreshAt: refreshAtFor({ issuedAt, expiresAt }, { spec, idle: false, keepAliveMs: timings.keepAliveMs }),
      })
    },
    async reauthorize(grant) {
      return db.transaction(async (tx) => {
        const [row] = await tx.select().from(connections).where(eq(connections.id, connectionId)).for('update')
        if (!row || row.status === 'deleting') return false
        await transition(tx, connectionId, { to: 'active', event: 'connection.recovered', error: null })
        await writePair(
          { vault, timings } as never,
          tx,
          { workspaceId } as AuthorizationRow,
          connectionId,
          exchangedOf(grant),
          spec,
        )
        return true
      })
    },
    async reseal(seen, sealed) {
      // As vault/reseal.ts writes it.
      const rows = await db.execute(sql`
        update credentials set sealed = ${sealed.sealed}, key_id = ${sealed.keyId}
        where connection_id = ${connectionId} and generation = ${seen.generation} and key_id = ${seen.keyId} returning 1`)
      return rows.length > 0
    },
    async markDeleting() {
      await db.update(connections).set({ status: 'deleting' }).where(eq(connections.id, connectionId))
    },
    async erase() {
      await db.delete(connections)
    },
    [Symbol.asyncDispose]: close,
  }
}

const exchangedOf = ({ secret, issuedAt, lifetimeSeconds }: NewGrant) =>
  ({ tokens: secret, issuedAt: issuedAt.getTime(), lifetimeSeconds }) as never

/** `clock_timestamp()` and `now()` of every session from now on. */
async function ownClock(url: string): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => {} })
  const name = new URL(url).pathname.slice(1)
  await client.unsafe(`
    create schema model_clock;
    create table model_clock.instant (at timestamptz not null);
    insert into model_clock.instant values (pg_catalog.now());
    create function model_clock.clock_timestamp() returns timestamptz language sql volatile
      as 'select at from model_clock.instant';
    create function model_clock.now() returns timestamptz language sql volatile
      as 'select at from model_clock.instant';
    alter database ${name} set search_path = model_clock, public, pg_catalog;`)
  await client.end()
}
