import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { consumer, pluginSource, typedSource } from './plugin-source.ts'

/** A registry that answers at times is asked again soon, and one that does not is told before the test is out of time. */
const env = {
  ...process.env,
  npm_config_fetch_retries: '2',
  npm_config_fetch_timeout: '15000',
  npm_config_fetch_retry_mintimeout: '1000',
  npm_config_fetch_retry_maxtimeout: '5000',
}
/** What npm and npx call it. */
const noNetwork =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT|EIDLETIMEOUT|FETCH_ERROR|socket hang up/
const execute = promisify(execFile)
const run = (command: string, args: readonly string[], options: { cwd: string }) =>
  execute(command, [...args], { ...options, env })
const root = join(import.meta.dirname, '../../..')
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

let folder = ''
/** Why nothing could be installed here, when that was the network. */
let unreachable: string | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packed-'))
  const empty = join(folder, 'empty')
  await mkdir(empty)
  await writeFile(join(empty, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }')
  try {
    const pack = ['--yes', '--prefer-offline', 'pnpm@12', 'pack', '--pack-destination', folder]
    await run('npx', pack, { cwd: join(root, 'packages/datasource-node') })
    const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'))
    if (!tarball) throw new Error('pnpm pack left no tarball')
    const install = [
      'install',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      '--loglevel=error',
      join(folder, tarball),
      'zod',
    ]
    await run('npm', install, { cwd: empty })
  } catch (error) {
    const said = String(error) + String((error as { stderr?: string }).stderr)
    const network = noNetwork.exec(said)
    if (!network) throw error
    unreachable = `the npm registry cannot be reached (${network[0]})`
  }
}, 180_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

async function write(path: string, content: string): Promise<void> {
  const file = join(folder, 'empty', path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
}

describe('the packed contract, installed in an empty folder', () => {
  test('contains what is built, and no source or test', async ({ skip }) => {
    if (unreachable) skip(unreachable)
    const files = await readdir(join(folder, 'empty/node_modules/@wellhead/datasource-node'), { recursive: true })
    expect(files).toContain(join('dist', 'index.js'))
    expect(files).toContain(join('dist', 'index.d.ts'))
    expect(
      files.filter((file) => (file.endsWith('.ts') && !file.endsWith('.d.ts')) || file.includes('.test.')),
    ).toEqual([])
  })

  test('loads a plugin under plain Node', async ({ skip }) => {
    if (unreachable) skip(unreachable)
    await write(
      'node_modules/tiny-plugin/package.json',
      '{ "name": "tiny-plugin", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
    )
    await write('node_modules/tiny-plugin/index.js', pluginSource)
    await write('main.js', consumer)
    const { stdout } = await run(process.execPath, ['main.js'], { cwd: join(folder, 'empty') })
    expect(JSON.parse(stdout)).toEqual({
      node: process.versions.node,
      id: 'tiny',
      limit: 3,
      method: 'api_key',
      known: true,
      code: 'not_found',
    })
  })

  test('has types that a strict author can use', async ({ skip }) => {
    if (unreachable) skip(unreachable)
    await write('typed.ts', typedSource)
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--lib',
      'es2024,dom',
      '--types',
      '',
    ]
    await expect(run(tsc, [...options, 'typed.ts'], { cwd: join(folder, 'empty') })).resolves.toBeDefined()
  })
})
