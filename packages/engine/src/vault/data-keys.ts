/**
 * The data keys, unwrapped and kept in memory, so that the key service is asked once per data key and process.
 *
 * A data key never changes under its id, but which one of a workspace seals does: a re-sealing makes another one the primary.
 * Every process looks for it again after `RECHECK_MS`. A process that cannot unwrap the new one goes on sealing with the former one
 * for a day: what it holds in its hand may be a token pair that the provider gives only once.
 */
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import type { Database } from '../db/database.ts'
import { and, eq, isNull, sql } from '../db/query.ts'
import { dataKeys } from '../db/schema/index.ts'
import { EngineError } from '../errors.ts'
import { newId } from '../ids.ts'
import { isKeyAway, type Keys } from './key-service.ts'

export type DataKeyRow = typeof dataKeys.$inferSelect

export interface DataKey {
  readonly id: string
  /** An object, as the cipher takes several times as long to begin with bytes. */
  readonly key: KeyObject
}

/** Milliseconds after which a process looks which data key seals. */
export const RECHECK_MS = 30_000

/** How long a superseded data key may still seal. Far shorter than it is kept at the least: see retire.ts. */
const SEALS_ON = '1 day'

// Unwrapped data keys held in memory at once; the oldest goes first.
const MOST_KEYS = 10_000

/** What a wrapped data key is bound to. */
export const contextOf = (row: { workspaceId: string | null; id: string }): string =>
  JSON.stringify(['data_key', row.workspaceId, row.id])

export function createDataKeys(db: Database, keys: Keys, options: { recheckMs: number }) {
  const opened = new Map<string, KeyObject>()
  const opening = new Map<string, Promise<KeyObject>>()
  const primaries = new Map<string, DataKey & { until: number }>()
  const finding = new Map<string, Promise<DataKey>>()

  async function open(row: DataKeyRow): Promise<KeyObject> {
    const known = opened.get(row.id)
    return (
      known ??
      once(opening, row.id, async () =>
        remember(opened, row.id, createSecretKey(await keys.unwrap(contextOf(row), row))),
      )
    )
  }

  async function primaryRow(workspaceId: string | null): Promise<DataKeyRow | undefined> {
    const [row] = await db
      .select()
      .from(dataKeys)
      .where(
        and(
          workspaceId === null ? isNull(dataKeys.workspaceId) : eq(dataKeys.workspaceId, workspaceId),
          eq(dataKeys.isPrimary, true),
        ),
      )
    return row
  }

  async function firstRow(workspaceId: string | null): Promise<DataKeyRow> {
    const id = newId('dek')
    const key = randomBytes(32)
    await db
      .insert(dataKeys)
      .values({
        id,
        workspaceId,
        ...(await keys.wrap(contextOf({ workspaceId, id }), key)),
        // As young as any: a re-sealing that is under way has nothing to do with it.
        round: sql`(select coalesce(max(round), 0) from data_keys)`,
      })
      .onConflictDoNothing()
    // Another process may have been first: its key is the one.
    const row = await primaryRow(workspaceId)
    if (row?.id === id) remember(opened, id, createSecretKey(key))
    if (row) return row
    throw new EngineError('vault_key_missing', 'The data key of this workspace could not be made.')
  }

  async function find(workspaceId: string | null, former: DataKey | undefined): Promise<DataKey> {
    const row = (await primaryRow(workspaceId)) ?? (await firstRow(workspaceId))
    if (row.id === former?.id) return former
    try {
      return { id: row.id, key: await open(row) }
    } catch (error) {
      if (former && isKeyAway(error) && (await sealsOn(former.id))) return former
      throw error
    }
  }

  async function sealsOn(id: string): Promise<boolean> {
    const [row] = await db
      .select({ id: dataKeys.id })
      .from(dataKeys)
      .where(and(eq(dataKeys.id, id), sql`${dataKeys.supersededAt} > clock_timestamp() - ${SEALS_ON}::interval`))
    return row !== undefined
  }

  return {
    /** The one that seals. */
    async primary(workspaceId: string | null): Promise<DataKey> {
      const name = workspaceId ?? ''
      const known = primaries.get(name)
      if (known && performance.now() < known.until) return known
      return once(finding, name, async () => {
        const { id, key } = await find(workspaceId, known)
        return remember(primaries, name, { id, key, until: performance.now() + options.recheckMs })
      })
    },

    async byId(id: string): Promise<KeyObject> {
      const known = opened.get(id)
      if (known) return known
      const [row] = await db.select().from(dataKeys).where(eq(dataKeys.id, id))
      if (!row)
        throw new EngineError('vault_key_missing', 'The data key that a value was sealed with is gone.', {
          details: { data_key: 'gone' },
        })
      return open(row)
    },

    open,
  }
}

export type DataKeys = ReturnType<typeof createDataKeys>

/** Whoever asks for the same at the same time shares one answer. */
function once<Value>(running: Map<string, Promise<Value>>, name: string, make: () => Promise<Value>): Promise<Value> {
  const known = running.get(name)
  if (known) return known
  const made = make().finally(() => running.delete(name))
  running.set(name, made)
  return made
}

function remember<Value>(kept: Map<string, Value>, name: string, value: Value): Value {
  if (kept.size >= MOST_KEYS) kept.delete(kept.keys().next().value as string)
  kept.set(name, value)
  return value
}
