/** Asks a worker to validate or refresh a connection, and waits for what comes of it. */
import type { Transaction } from '../db/database.ts'
import { and, eq, sql } from '../db/query.ts'
import { connections, credentials } from '../db/schema/index.ts'
import type { Settled, Ticket } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Actor, Connection } from '../model.ts'
import { credentialSignal, loadCredential } from '../refresh/credential.ts'
import { plan } from '../refresh/plan.ts'
import { notBefore } from '../refresh/schedule.ts'
import type { Timings } from '../timings.ts'
import type { ConnectionParts } from './parts.ts'
import { connectionSignal } from './transitions.ts'

/** Until when a row counts as enqueued. */
export const horizon = ({ horizonMs }: Pick<Timings, 'horizonMs'>) =>
  sql`clock_timestamp() + ${`${horizonMs} milliseconds`}::interval`

/** Puts validation in the row and returns its number. */
export async function askForValidation(tx: Transaction, id: string, timings: Timings): Promise<number> {
  const [row] = await tx
    .update(connections)
    .set({
      work: 'validate',
      dueAt: sql`clock_timestamp()`,
      enqueuedUntil: horizon(timings),
      attempts: 0,
      sequence: sql`${connections.sequence} + 1`,
    })
    .where(eq(connections.id, id))
    .returning({ sequence: connections.sequence })
  return row?.sequence ?? 0
}

export function createAsk({ db, signals, registry, timings, offer, find, show }: ConnectionParts) {
  return {
    async validate(actor: Actor, id: string): Promise<Ticket> {
      const sequence = await db.transaction(async (tx) => {
        const row = await find.locked(tx, actor, id)
        if (row.work === 'validate' && row.attempts === 0) return row.sequence
        return askForValidation(tx, id, timings)
      })
      await offer('connection.validate', { connectionId: id })
      return { connectionId: id, work: 'validate', sequence }
    },

    async refresh(actor: Actor, id: string, options: { acceptRisk?: boolean }): Promise<Ticket> {
      const row = await find.manageable(db, actor, id)
      if (row.method !== 'oauth2')
        throw new EngineError('method_not_supported', 'An API key is not refreshed; give a new one instead.')
      if (row.status === 'needs_reauthorization')
        throw new EngineError('needs_reauthorization', 'The provider ended this connection. Authorize it again.')
      const { credential, time } = await loadCredential(db, id)
      const now = time.earliest()
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
      const input = { ...credential, now, acceptRisk, knownUnspent: false, leaseMs: timings.leaseMs }
      if (spec && !isUnderWay && plan({ ...input, replay: spec.replay }).step === 'hold')
        throw new EngineError(
          'refresh_would_risk_grant',
          'The outcome of the last refresh is unknown, so trying again now could end the grant.',
        )
      // Due now: the sweep finds it when the queue loses the job.
      await db
        .update(credentials)
        .set({ refreshAt: sql`clock_timestamp()`, enqueuedUntil: horizon(timings) })
        .where(and(eq(credentials.connectionId, id), eq(credentials.generation, credential.generation)))
      await offer('connection.refresh', {
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
        const row = await find.visible(db, actor, id)
        const reached = ticket.work === 'validate' ? row.settledSequence : outcomes
        if (reached >= ticket.sequence || left <= 0)
          return { done: reached >= ticket.sequence, value: await show.viewOf(row) }
        await signal
      }
    },
  }
}
