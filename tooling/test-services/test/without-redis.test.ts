import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const vitest = dirname(createRequire(import.meta.url).resolve('vitest/package.json'))
const services = join(import.meta.dirname, '../src/index.ts')
let root = ''

/** A project whose machine has no Redis, and whose file has one test that needs it. */
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'no-redis-'))
  await mkdir(join(root, 'node_modules'))
  await symlink(vitest, join(root, 'node_modules/vitest'))
  const files = {
    'package.json': '{ "type": "module" }',
    'setup.ts':
      "export default (project) => project.provide('wellheadServices', { postgresUrl: 'none', redisMissing: 'none here' })",
    'vitest.config.ts': "export default { test: { globalSetup: ['./setup.ts'] } }",
    'a.test.ts': `import { test } from 'vitest'
      import { describeWithRedis } from ${JSON.stringify(services)}
      test('other', () => {})
      describeWithRedis('queue', (redis) => { test('works', () => { throw new Error('ran against ' + redis.url) }) })`,
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content)
})

afterEach(() => rm(root, { recursive: true }))

function run(required: string): Promise<{ ok: boolean; said: string }> {
  const env = { ...process.env, WELLHEAD_REQUIRE_REDIS: required, NO_COLOR: '1' }
  return new Promise((resolve) => {
    execFile(process.execPath, [join(vitest, 'vitest.mjs'), 'run'], { cwd: root, env }, (error, stdout, stderr) => {
      resolve({ ok: error === null, said: stdout + stderr })
    })
  })
}

test('without Redis its tests are skipped, and say so', async () => {
  const { ok, said } = await run('')
  expect(said).toMatch(/1 passed \| 1 skipped/)
  expect(ok).toBe(true)
})

test('without Redis its tests fail when it is required', async () => {
  const { ok, said } = await run('1')
  expect(said).toContain('WELLHEAD_REQUIRE_REDIS=1, but there is no Redis: none here.')
  expect(ok).toBe(false)
})
