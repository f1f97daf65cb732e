/** Database locks that hold a worker at a step of its refresh, seen from outside. */
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

/** Nobody learns whether the breaker is open: a refresh has its lease, and neither intent nor request. */
export const beforeTheIntent = (databaseUrl: string): Promise<HeldLock> =>
  hold(databaseUrl, (tx) => tx`lock table breakers in access exclusive mode`)

/** Nobody writes these rows: a refresh has its answer in hand. */
export const beforeTheWrite = (databaseUrl: string, connectionIds: readonly string[]): Promise<HeldLock> =>
  hold(databaseUrl, (tx) => tx`select 1 from credentials where connection_id in ${tx(connectionIds)} for update`)

/** Nobody publishes events: a refresh is written, and nobody was told. The lock is packages/engine/src/events/outbox.ts's. */
export const beforeTheEvent = (databaseUrl: string): Promise<HeldLock> =>
  hold(databaseUrl, (tx) => tx`select pg_advisory_xact_lock(7235042)`)
