/**
 * Key rotation, online: everything else goes on while it runs. Where it is, is in the rows: interrupted at any moment and started
 * again, it does what is left; two at a time do it together.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '../db/database.ts'
import type { Watch } from './batches.ts'
import { RECHECK_MS } from './data-keys.ts'
import { forgetInstallationSecrets } from './installation-secret.ts'
import { type KeyUse, listKeys } from './inventory.ts'
import { askInTime, type KeyService } from './key-service.ts'
import { newestRound, renew } from './renew.ts'
import { countFormer, reseal } from './reseal.ts'
import { retireDataKeys } from './retire.ts'
import { rewrap } from './rewrap.ts'
import { createVault } from './vault.ts'

export interface Rotation {
  readonly rewrapped: number
  /** New data keys, and values that were sealed with them. */
  readonly renewed: number
  readonly resealed: number
  /** This run only finished a re-sealing that was interrupted, or what came after it: there may be no new data keys. */
  readonly onlyFinished: boolean
  readonly retired: number
  /** Data keys that cannot be opened, and values, as `table id`: they stay as they are. */
  readonly failed: readonly string[]
  /** Values that data keys sealed which do not seal any more, after all. */
  readonly leftOnFormer: number
  readonly keys: readonly KeyUse[]
}

export interface RotateOptions {
  readonly reseal: boolean
  /** Console sessions and invite links end when the processes are started anew. */
  readonly signOut?: boolean
  readonly watch: Watch
  /** Called before it waits for processes that may still seal with former data keys, with the milliseconds that it waits. */
  readonly onWait?: (ms: number) => void
  readonly waitMs?: number
}

// A little longer than any process goes on without looking which data key seals.
const WAIT_MS = RECHECK_MS + 5_000

export async function rotate(db: Database, service: KeyService, options: RotateOptions): Promise<Rotation> {
  const { watch, waitMs = WAIT_MS } = options
  const keys = askInTime(service)
  // Its own look is always fresh: what it seals must not need another pass.
  const vault = createVault(db, service, { recheckMs: 0 })
  const rewrapped = await rewrap(db, keys, watch)
  let renewed = 0
  let resealed = 0
  let onlyFinished = false
  let unreadable: readonly string[] = []
  const pass = async () => {
    const { done, failed } = await reseal(db, vault, watch)
    resealed += done
    unreadable = failed
  }

  if (options.reseal) {
    renewed = await renew(db, keys, await newestRound(db), watch)
    await pass()
    onlyFinished = renewed + resealed > 0
    if (!onlyFinished) {
      renewed = await renew(db, keys, (await newestRound(db)) + 1, watch)
      await pass()
    }
    if (renewed + resealed > 0) {
      options.onWait?.(waitMs)
      await delay(waitMs)
      await pass()
    }
  }
  if (options.signOut) await forgetInstallationSecrets(db)
  return {
    rewrapped: rewrapped.done,
    renewed,
    resealed,
    onlyFinished,
    retired: await retireDataKeys(db),
    failed: [...rewrapped.failed.map((id) => `data_keys ${id}`), ...unreadable],
    leftOnFormer: await countFormer(db),
    keys: await listKeys(db, keys),
  }
}
