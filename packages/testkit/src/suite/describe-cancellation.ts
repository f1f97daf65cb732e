/** A cancelled operation ends soon, by that name, and leaves nothing running. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { itCovers } from './cases.ts'
import { operationNames } from './operations.ts'
import type { Scope } from './scope.ts'
import { type Hit, perform, type Trial } from './trial.ts'

/** Milliseconds that an answer is held back, and in which a cancelled operation must have ended long ago. */
const HELD_BACK = 2_500
const SOON = 1_500

export function describeCancellation(scope: Scope): void {
  describe.each(operationNames(scope.source))('%s, cancelled,', (name) => {
    it('sends nothing when it was cancelled before', async () => {
      const trial = await scope.trial(name)
      const before = trial.connection.traffic.sent.length
      await expect(perform(trial, () => {}, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' })
      expect(trial.connection.traffic.sent.length).toBe(before)
    })

    itCovers(scope, 'cancel in the middle', 'ends in the middle, and leaves nothing running', async () => {
      const trial = await scope.trial(name)
      const at = Math.min(1, trial.requests - 1)
      const { tookMs, error } = await cancelAt(trial, at)
      expect(error).toMatchObject({ code: 'cancelled' })
      expect(tookMs).toBeLessThan(SOON)
      await expectNothingRuns(trial)
    })
  })
}

/** Cancels while a request waits for its answer. */
async function cancelAt(trial: Trial, at: number): Promise<{ tookMs: number; error: unknown }> {
  const trouble = trial.stand.trouble ?? expect.fail('The stand makes no trouble')
  const cancel = new AbortController()
  let cancelledAt = 0
  const onHit = ({ ordinal, before, request: { method, url } }: Hit) => {
    if (ordinal !== at || before > 0) return
    trouble.fault({ kind: 'slow', delayMs: HELD_BACK, method, url })
    setTimeout(() => {
      cancelledAt = performance.now()
      cancel.abort()
    }, 20)
  }
  try {
    const done = await perform(trial, onHit, cancel.signal)
    return expect.fail(`It was cancelled, and gave ${JSON.stringify(done).slice(0, 200)}`)
  } catch (error) {
    return { error, tookMs: performance.now() - cancelledAt }
  } finally {
    trouble.clearFaults()
  }
}

/** Neither now nor in the next moment: what was cancelled asks nothing more. */
export async function expectNothingRuns({ connection }: Pick<Trial, 'connection'>): Promise<void> {
  const sent = connection.traffic.sent.length
  await sleep(50)
  expect(connection.traffic.open, 'requests and bodies that are still open').toBe(0)
  expect(connection.traffic.sent.length, 'requests that were sent').toBe(sent)
}
