import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const PNPM = 'pnpm@12'
const windows = process.platform === 'win32'

/** The Node that the workspace brings (npm package `node`). */
export function workspaceNode(root) {
  return join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node')
}

/** Installs when the lockfile changed since the last time. Says what it does, and what went wrong; true when all is there. */
export async function ensureInstalled(root) {
  const modules = join(root, 'node_modules')
  const stamp = join(modules, '.wellhead-install')
  const wanted = await fingerprint(root)
  const installed = async () =>
    (await readFile(stamp, 'utf8').catch(() => '')) === wanted && existsSync(workspaceNode(root))
  if (await installed()) return true
  try {
    await mkdir(modules, { recursive: true })
    const unlock = await takeLock(join(modules, '.wellhead-install.lock'))
    try {
      // Another start may have done it while we waited.
      if (await installed()) return true
      if (!(await install(root))) return false
      await writeFile(stamp, wanted)
      return true
    } finally {
      await unlock()
    }
  } catch (error) {
    console.error(`The dependencies could not be installed in ${modules}: ${error.message}`)
    return false
  }
}

/** A node_modules folder copied from another kind of machine does not count. */
async function fingerprint(root) {
  const hash = createHash('sha256')
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'])
    hash.update(await readFile(join(root, file)))
  return `${hash.digest('hex')} ${process.platform}-${process.arch}\n`
}

/** One install at a time. The lock of a process that is gone is removed. */
async function takeLock(file) {
  for (let told = false; ; ) {
    try {
      const handle = await open(file, 'wx')
      await handle.writeFile(String(process.pid))
      await handle.close()
      return () => rm(file, { force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holder = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10)
    if (holder > 0 && !isAlive(holder)) {
      await rm(file, { force: true })
      continue
    }
    if (!told) console.error('Another start is installing the dependencies; waiting for it.')
    told = true
    await delay(200)
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

async function install(root) {
  const began = Date.now()
  const live = process.stderr.isTTY
  process.stderr.write('Installing the dependencies (only on the first start) ...')
  if (!live) process.stderr.write('\n')
  const lines = []
  const show = (line) => {
    const added = /^Progress: resolved \d+, reused (\d+), downloaded (\d+)/.exec(line)
    if (live && added)
      process.stderr.write(
        `\rInstalling the dependencies (only on the first start) ... ${Number(added[1]) + Number(added[2])} packages`,
      )
  }
  const code = await runInstaller(root, (line) => {
    lines.push(line)
    show(line)
  })
  if (live) process.stderr.write('\r\x1b[K')
  if (code === 0) {
    process.stderr.write(`Installed the dependencies in ${Math.round((Date.now() - began) / 1000)} s.\n`)
    return true
  }
  const told = lines
    .filter((line) => line.trim() !== '' && !/^npm warn|^Progress:|Unsupported engine/i.test(line))
    .slice(-15)
  console.error(
    `The dependencies could not be installed. ${advice(lines.join('\n'))}\n${told.map((line) => `  ${line}`).join('\n')}`,
  )
  return false
}

function advice(said) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH|FETCH_ERROR|network/i.test(said)) {
    return 'The npm registry could not be reached: is this machine online, and does npm need a proxy here? The last lines were:'
  }
  if (/ENOSPC/.test(said)) return 'The disk is full. The last lines were:'
  if (/EACCES|EPERM|EROFS/.test(said)) return 'This user may not write here or in the npm cache. The last lines were:'
  if (/OUTDATED_LOCKFILE/.test(said))
    return `pnpm-lock.yaml does not fit the package.json files: run "npx ${PNPM} install". The last lines were:`
  return 'The last lines were:'
}

async function runInstaller(root, onLine) {
  // The npx that belongs to this Node, when it is there: PATH may lead to another.
  const beside = join(dirname(process.execPath), windows ? 'npx.cmd' : 'npx')
  const npx = existsSync(beside) ? beside : 'npx'
  const args = ['--yes', '--loglevel=error', PNPM, 'install', '--frozen-lockfile', '--reporter=append-only']
  const env = { ...process.env, CI: 'true', PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH || ''}` }
  const child = windows
    ? spawn(`"${npx}" ${args.join(' ')}`, { cwd: root, env, shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
    : spawn(npx, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream.setEncoding('utf8').on('data', (chunk) => {
      const lines = (rest + chunk).split(/\r?\n/)
      rest = lines.pop()
      for (const line of lines) onLine(line)
    })
    stream.on('end', () => rest && onLine(rest))
  }
  return new Promise((resolve) => {
    child.once('error', (error) => {
      onLine(`${npx}: ${error.message}. npm comes with Node; is it installed?`)
      resolve(1)
    })
    child.once('close', (code) => resolve(code))
  })
}
