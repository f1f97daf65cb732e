/** A download is a stream: of any size, through little memory, over broken connections, and ended when nobody wants it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Download, OnlineDriveSource } from '@wellhead/datasource-node'
import { describe, expect, it } from 'vitest'
import { itCovers } from './cases.ts'
import { expectNothingRuns } from './describe-cancellation.ts'
import { expire } from './expiry.ts'
import { walkDrive } from './listing.ts'
import { watchMemory } from './memory.ts'
import { findFile } from './operations.ts'
import type { Scope } from './scope.ts'
import { perform, tryWith } from './trial.ts'

const MiB = 1024 * 1024
/** What makes a file large: several times what a download may keep in memory. */
const LARGE = 256 * MiB
/** Bytes that may be on their way between the wire and the reader. */
const UNDER_WAY = 8 * MiB

export function describeStreaming(scope: Scope<OnlineDriveSource>): void {
  const { source, facts, connection } = scope
  describe('downloads', () => {
    itCovers(scope, 'broken download', 'goes on where the connection broke off, with the right bytes', async () => {
      const trial = await scope.trial('download')
      const at = trial.requests - 1
      const { done, error } = await tryWith(trial, { at, fault: { kind: 'truncated' }, times: 1 })
      expect(done ?? error).toEqual(trial.done)
    })

    if (scope.auth.method === 'oauth2')
      itCovers(scope, 'broken download', 'goes on there although its token has expired meanwhile', async () => {
        const trial = await scope.trial('download')
        let state: 'whole' | 'broken' | 'expired' = 'whole'
        const done = await perform(trial, async ({ ordinal, request: { method, url } }) => {
          if (state === 'broken') {
            state = 'expired'
            await expire(trial.stand, trial.connection)
          } else if (state === 'whole' && ordinal === trial.requests - 1) {
            state = 'broken'
            trial.stand.trouble?.fault({ kind: 'truncated', method, url })
          }
        })
        expect(done).toEqual(trial.done)
        expect(state).toBe('expired')
      })

    itCovers(scope, 'broken download', 'ends with an error when the connection breaks for good', async () => {
      const trial = await scope.trial('download')
      const fault = [{ kind: 'truncated' }, { kind: 'reset' }] as const
      const { error } = await tryWith(trial, { at: trial.requests - 1, fault })
      expect(error).toMatchObject({ code: 'provider_unavailable' })
      await expectNothingRuns(trial)
    })

    it('ends with the run, and when nobody wants it any more', async () => {
      const { id } = await findFile(source, connection().context())
      const cancel = new AbortController()
      const aborted = await source.download(connection().context({ signal: cancel.signal }), { id })
      cancel.abort()
      await expect(new Response(aborted.body).arrayBuffer()).rejects.toMatchObject({ code: 'cancelled' })
      const left = await source.download(connection().context(), { id })
      await left.body.cancel()
      await expectNothingRuns({ connection: connection() })
    })

    itCovers(
      scope,
      'large file',
      'lets a large file pass through little memory, no faster than it is read',
      async () => {
        const { files } = await walkDrive(source, connection().context(), ({ name }) => name === facts.largeFile)
        const entry = files.find(({ name }) => name === facts.largeFile) ?? expect.fail(`No "${facts.largeFile}"`)
        expect(entry.size, 'bytes of the large file').toBeGreaterThanOrEqual(LARGE)
        const memory = watchMemory()
        const before = connection().traffic.bytes
        const download = await source.download(connection().context(), { id: entry.id })
        await untilStill(() => connection().traffic.bytes)
        const bytes = await drain(download, (read) => {
          expect(connection().traffic.bytes - before - read, 'bytes that are kept').toBeLessThan(UNDER_WAY)
          memory.sample()
        })
        expect(bytes).toBe(entry.size)
        expect([null, entry.size]).toContain(download.size)
        expect(memory.grown(), 'growth of the memory, in bytes').toBeLessThan(64 * MiB)
      },
      120_000,
    )

    itCovers(
      scope,
      'large file',
      'ends soon in the middle of a large file',
      async () => {
        const { files } = await walkDrive(source, connection().context(), ({ name }) => name === facts.largeFile)
        const { id } = files.find(({ name }) => name === facts.largeFile) ?? expect.fail(`No "${facts.largeFile}"`)
        const cancel = new AbortController()
        const { body } = await source.download(connection().context({ signal: cancel.signal }), { id })
        const reader = body.getReader()
        await reader.read()
        cancel.abort()
        const begun = performance.now()
        const rest = async () => {
          for (;;) if ((await reader.read()).done) return
        }
        await expect(rest()).rejects.toMatchObject({ code: 'cancelled' })
        expect(performance.now() - begun).toBeLessThan(1_500)
        await expectNothingRuns({ connection: connection() })
      },
      60_000,
    )
  })
}

/** Whoever reads ahead has the time for it: until nothing more has come for a while. */
async function untilStill(bytes: () => number): Promise<void> {
  for (let still = 0, last = bytes(); still < 15 && last < 2 * UNDER_WAY; still++) {
    await sleep(20)
    if (bytes() !== last) still = 0
    last = bytes()
  }
}

/** Reads to the end and keeps nothing; calls `onProgress` at the start and every few megabytes. */
async function drain({ body }: Download, onProgress: (bytes: number) => void): Promise<number> {
  const every = 16 * MiB
  let bytes = 0
  let next = 0
  for await (const chunk of body) {
    if (bytes >= next) {
      onProgress(bytes)
      next = bytes + every
    }
    bytes += chunk.byteLength
  }
  onProgress(bytes)
  return bytes
}
