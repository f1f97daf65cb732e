import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

let root = ''

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'runner-'))
  await mkdir(join(root, 'node_modules'))
  await symlink(join(import.meta.dirname, '../node_modules/vitest'), join(root, 'node_modules/vitest'))
  await writeFile(join(root, 'package.json'), '{ "type": "module" }')
})

afterEach(() => rm(root, { recursive: true }))

/** The runner as a process of its own, on files given by name. */
async function run(
  files: Record<string, string>,
  ...args: string[]
): Promise<{ code: number; last: string; said: string }> {
  for (const [name, body] of Object.entries(files)) {
    await writeFile(
      join(root, name),
      name.endsWith('.test.ts') ? `import { test, expect, afterAll } from 'vitest'\n${body}` : body,
    )
  }
  const script = join(import.meta.dirname, '../src/run-tests.ts')
  const program = `import { runTests } from ${JSON.stringify(script)}; process.exit(await runTests(${JSON.stringify(root)}, ${JSON.stringify(args)}))`
  return new Promise((resolve) => {
    execFile(process.execPath, ['--input-type=module', '-e', program], { cwd: root }, (error, stdout, stderr) => {
      const said = stdout + stderr
      resolve({
        code: typeof error?.code === 'number' ? error.code : error ? -1 : 0,
        last: stdout.trimEnd().split('\n').at(-1)!,
        said,
      })
    })
  })
}

test('counts what passed, failed and was skipped, on the last line and there alone', async () => {
  const { code, last, said } = await run({
    'a.test.ts':
      "test('a', () => {}); test('b', () => { expect(1).toBe(2) }); test.skip('c', () => {}); test.todo('d')",
    'b.test.ts': "test('e', () => {})",
  })
  expect(last).toBe('2 passed, 1 failed, 2 skipped')
  expect(code).toBe(1)
  expect(said.split('\n').filter((line) => /^\d+ passed, \d+ failed/.test(line))).toHaveLength(1)
})

test('all good is exit code 0', async () => {
  expect(await run({ 'a.test.ts': "test('a', () => {})" })).toMatchObject({
    code: 0,
    last: '1 passed, 0 failed, 0 skipped',
  })
})

test('a run without tests fails', async () => {
  expect(await run({})).toMatchObject({
    code: 1,
    last: '0 passed, 0 failed, 0 skipped',
    said: expect.stringContaining('No test ran.'),
  })
})

test('a run in which every test was skipped fails', async () => {
  expect(await run({ 'a.test.ts': "test.skip('a', () => {})" })).toMatchObject({
    code: 1,
    last: '0 passed, 0 failed, 1 skipped',
  })
})

test('a file that cannot be loaded is a failure', async () => {
  const files = { 'a.test.ts': "test('a', () => {})", 'b.test.ts': "throw new Error('on load')" }
  expect(await run(files)).toMatchObject({ code: 1, last: '1 passed, 1 failed, 0 skipped' })
})

test('an error in a hook around the tests is a failure', async () => {
  const files = { 'a.test.ts': "afterAll(() => { throw new Error('after all') }); test('a', () => {})" }
  expect(await run(files)).toMatchObject({ code: 1, last: '1 passed, 1 failed, 0 skipped' })
})

test('a rejection that nobody handled is a failure', async () => {
  const files = { 'a.test.ts': "test('a', () => { void Promise.reject(new Error('nobody')) })" }
  expect(await run(files)).toMatchObject({ code: 1, last: '1 passed, 1 failed, 0 skipped' })
})

test('a tear-down that fails is a failure', async () => {
  const files = {
    'a.test.ts': "test('a', () => {})",
    'setup.ts': "export default () => () => { throw new Error('left behind') }",
    'vitest.config.ts': "export default { test: { globalSetup: ['./setup.ts'] } }",
  }
  expect(await run(files)).toMatchObject({
    code: 1,
    last: '1 passed, 1 failed, 0 skipped',
    said: expect.stringContaining('left behind'),
  })
})

test("takes Vitest's own arguments", async () => {
  const files = { 'a.test.ts': "test('a', () => {}); test('b', () => {})" }
  expect(await run(files, 'a.test', '-t', 'b')).toMatchObject({ code: 0, last: '1 passed, 0 failed, 1 skipped' })
})
