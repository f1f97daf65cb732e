import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, readlink, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const PREFIX = 'wellhead-test-'
const run = promisify(execFile)

export interface RunningProcess {
  readonly pid: number
  readonly command: string
}

/**
 * The folder of one test run. The tests get it as TMPDIR, so every process they start is known by it: through its environment, its
 * command line or the folder it runs in.
 */
export async function makeRunFolder(): Promise<string> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), `${PREFIX}${process.pid}-`))
  await chmod(folder, 0o755) // the account of the database server must be able to go there
  return folder
}

/** Ends what killed runs left behind, and removes their folders. */
export async function sweepDeadRuns(): Promise<void> {
  const temp = await realpath(tmpdir())
  for (const name of await readdir(temp)) {
    const pid = Number(/^wellhead-test-(\d+)-/.exec(name)?.[1])
    if (!pid || isAlive(pid)) continue
    const folder = join(temp, name)
    for (const left of await processesOf(folder)) end(left.pid)
    await removeRunFolder(folder).catch(() => {}) // another user's
  }
}

export async function removeRunFolder(folder: string): Promise<void> {
  for (const home of await databasesElsewhere(folder)) await rm(home, { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}

/** Started by root below a closed folder, an embedded PostgreSQL keeps its data in the system's folder; it names the folder it is for. */
async function databasesElsewhere(folder: string): Promise<string[]> {
  const system = '/var/lib/wellhead/data'
  const found: string[] = []
  for (const name of await readdir(system).catch(() => [])) {
    const dataDir = await readFile(join(system, name, 'data-dir'), 'utf8').catch(() => '')
    if (dataDir.startsWith(`${folder}/`)) found.push(join(system, name))
  }
  return found
}

/** The living processes of a run, this one and its test workers left out. */
export async function processesOf(folder: string): Promise<RunningProcess[]> {
  const mine = new Set([process.pid, process.ppid])
  const folders = [folder, ...(await databasesElsewhere(folder))]
  const found = process.platform === 'linux' ? await fromProc(folders) : await fromPs(folders)
  return found.filter(({ pid, command }) => !mine.has(pid) && !/\bvitest\b/.test(command))
}

export function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // gone by itself
  }
}

async function fromProc(folders: readonly string[]): Promise<RunningProcess[]> {
  const found: RunningProcess[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const read = (file: string) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')
    const [command, environment, cwd] = await Promise.all([
      read('cmdline'),
      read('environ'),
      readlink(`/proc/${name}/cwd`).catch(() => ''),
    ])
    if (command === '') continue // a zombie
    const belongs = folders.some(
      (folder) =>
        environment.split('\0').includes(`TMPDIR=${folder}`) ||
        command.includes(folder) ||
        cwd === folder ||
        cwd.startsWith(`${folder}/`),
    )
    if (belongs) found.push({ pid: Number(name), command: command.replaceAll('\0', ' ').trim() })
  }
  return found
}

async function fromPs(folders: readonly string[]): Promise<RunningProcess[]> {
  const { stdout } = await run('ps', ['-axeww', '-o', 'pid=,command='], { maxBuffer: 64 << 20 })
  return stdout
    .split('\n')
    .filter((line) => folders.some((folder) => line.includes(folder)))
    .map((line) => ({ pid: Number.parseInt(line, 10), command: line.trim().slice(0, 200) }))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
