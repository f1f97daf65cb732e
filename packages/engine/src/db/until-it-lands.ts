import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '@wellhead/datasource-node'
import { EngineError } from '../errors.ts'

/**
 * Writes what must not be lost: a provider's answer that it will not give twice. Tried again, with at most five seconds
 * between, until the database takes it; a drain waits for it.
 */
export async function untilItLands<Value>(log: Logger, write: () => Promise<Value>): Promise<Value> {
  for (let tries = 1; ; tries++) {
    try {
      return await write()
    } catch (error) {
      // A key service that is away comes back; any other refusal is final.
      if (error instanceof EngineError && error.code !== 'vault_unavailable') throw error
      log.error('an answer in hand could not be written; trying again', { tries, error: reasonOf(error) })
      await delay(Math.min(100 * 2 ** tries, 5_000))
    }
  }
}

/** The database's own reason. Not the statement with its parameters, which drizzle puts into its message. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? `${cause.name}: ${'code' in cause ? cause.code : cause.message}` : 'unknown'
}
