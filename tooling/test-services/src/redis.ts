import { randomBytes } from 'node:crypto'
import { describe, inject, test } from 'vitest'
import './provided.ts'

export interface TestRedis {
  readonly url: string
  /** The server is shared by all test files: every key a test writes begins with this. */
  readonly prefix: string
}

/** This run's Redis with a key prefix of the caller's own, or undefined when the machine has none. */
export function testRedis(): TestRedis | undefined {
  const url = inject('wellheadServices')?.redisUrl
  return url === undefined ? undefined : { url, prefix: `test${randomBytes(6).toString('hex')}` }
}

/** Tests that need Redis. Without one they are reported as skipped, or as failed when WELLHEAD_REQUIRE_REDIS=1. */
export function describeWithRedis(name: string, tests: (redis: TestRedis) => void): void {
  const redis = testRedis()
  if (redis) return void describe(name, () => tests(redis))
  const why = inject('wellheadServices')?.redisMissing ?? 'no test services'
  if (process.env.WELLHEAD_REQUIRE_REDIS === '1') {
    return void describe(name, () => {
      test('Redis answers', () => {
        throw new Error(`WELLHEAD_REQUIRE_REDIS=1, but there is no Redis: ${why}.`)
      })
    })
  }
  // The tests are still collected, so that each is counted as skipped; none of them runs.
  describe.skip(`${name} (skipped: ${why})`, () => tests({ url: 'redis://127.0.0.1:0', prefix: 'none' }))
}
