/**
 * The page is built by Vite and never committed. Whoever serves it asks for its folder here; in the repository it is built on
 * the way when its sources have changed since, in a process of its own.
 *
 * A build lies in a folder that is named after what it was made from, so two that build at the same time do the same
 * twice and nobody sees half of one.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const packageFolder = join(import.meta.dirname, '..')
const builds = join(packageFolder, 'dist')
/** Older ones may still be served by a process that runs. */
const KEPT = 3

/**
 * The folder of the page's static files, absolute.
 *
 * @throws Error with Vite's words when the page cannot be built
 */
export async function builtConsole(): Promise<string> {
  if (!existsSync(join(packageFolder, 'src'))) return published()
  const folder = join(builds, fingerprint())
  if (existsSync(folder)) return folder
  const vite = viteCommand()
  if (vite === undefined)
    throw new Error('The console is not built, and Vite is not installed here: build it where it is.')
  await mkdir(builds, { recursive: true })
  const unfinished = join(builds, `.${process.pid}-${Date.now()}`)
  try {
    await promisify(execFile)(process.execPath, [vite, 'build', '--outDir', unfinished, '--logLevel', 'warn'], {
      cwd: packageFolder,
      env: { ...process.env, NODE_ENV: 'production' },
    })
    // Somebody else may have been as fast.
    await rename(unfinished, folder).catch((error) => {
      if (!existsSync(folder)) throw error
    })
  } catch (error) {
    const said = (error as { stderr?: string }).stderr
    throw new Error(`The console could not be built. ${said || (error as Error).message}`, { cause: error })
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  await removeOld()
  return folder
}

/** As it came in the package: one build. */
async function published(): Promise<string> {
  const [name] = await readdir(builds)
  if (name === undefined) throw new Error(`There is no console in ${builds}.`)
  return join(builds, name)
}

/** What a build depends on. The lockfile stands for the libraries. */
function fingerprint(): string {
  const hash = createHash('sha256')
  const root = join(packageFolder, '../..')
  const files = globSync(
    [
      'apps/console/{src,public,build}/**/*.*',
      'apps/console/{index.html,vite.config.ts,tsconfig.json,package.json}',
      'packages/client/src/**/*.ts',
      'tsconfig.base.json',
      'pnpm-lock.yaml',
    ],
    { cwd: root },
  ).sort()
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(root, file)))
  return hash.digest('hex').slice(0, 16)
}

function viteCommand(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js')
  } catch {
    return undefined
  }
}

async function removeOld(): Promise<void> {
  const found = await Promise.all(
    (await readdir(builds))
      .filter((name) => !name.startsWith('.'))
      .map(async (name) => ({ name, at: (await stat(join(builds, name))).mtimeMs })),
  )
  const old = found.sort((a, b) => b.at - a.at).slice(KEPT)
  for (const { name } of old) await rm(join(builds, name), { recursive: true, force: true })
}
