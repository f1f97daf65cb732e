/** What holds a worker at a step of its refresh, seen from outside: database locks, and a provider that accepts no connection. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { RemoteOAuthServer } from '@wellhead/testkit/oauth-server'
import postgres from 'postgres'

export interface HeldLock extends AsyncDisposable {
  release(): Promise<void>
}

async function hold(databaseUrl: string, take: (tx: postgres.TransactionSql) => Promise<unknown>): Promise<HeldLock> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  const released = Promise.withResolvers<void>()
  const taken = Promise.withResolvers<void>()
  const holding = sql
    .begin(async (tx) => {
      await take(tx)
      taken.resolve()
      await released.promise
    })
    .catch(taken.reject)
    .finally(() => sql.end({ timeout: 5 }))
  await taken.promise
  const release = async () => {
    released.resolve()
    await holding
  }
  return { release, [Symbol.asyncDispose]: release }
}

/** No connection to these servers comes about: a refresh has its lease and its intent, and has not sent a byte. */
export async function beforeTheRequest(
  servers: readonly Pick<RemoteOAuthServer, 'pid' | 'origin'>[],
): Promise<HeldLock> {
  const sockets: Socket[] = []
  const release = async () => {
    for (const { pid } of servers) process.kill(pid, 'SIGCONT')
    for (const socket of sockets.splice(0)) socket.destroy()
  }
  try {
    for (const server of servers) await fill(server, sockets)
  } catch (error) {
    await release()
    throw error
  }
  return { release, [Symbol.asyncDispose]: release }
}

/** The kernel accepts for a process that stands still until its backlog is full (listen(2)), and then answers nobody. */
async function fill({ pid, origin }: Pick<RemoteOAuthServer, 'pid' | 'origin'>, sockets: Socket[]): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  const { hostname: host, port } = new URL(origin)
  for (let stands = true; stands; ) {
    const socket = connect({ host, port: Number(port) })
    socket.on('error', () => {})
    sockets.push(socket)
    stands = await Promise.race([once(socket, 'connect').then(() => true), delay(300, false)])
  }
}

/** Nobody writes these rows: a refresh has its answer in hand. */
export const beforeTheWrite = (databaseUrl: string, connectionIds: readonly string[]): Promise<HeldLock> =>
  hold(databaseUrl, (tx) => tx`select 1 from credentials where connection_id in ${tx(connectionIds)} for update`)

/** Nobody publishes events: a refresh is written, and nobody was told. The lock is packages/engine/src/events/outbox.ts's. */
export const beforeTheEvent = (databaseUrl: string): Promise<HeldLock> =>
  hold(databaseUrl, (tx) => tx`select pg_advisory_xact_lock(7235042)`)
