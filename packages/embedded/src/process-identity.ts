import { execFile } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** False only when no process has this id. One we may not signal is alive. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * What tells a process from a later one that was given the same id: when it was started. Undefined when there is no such process.
 * Linux counts in ticks since boot (proc(5), field 22 of stat), hence the boot id.
 */
export async function startMark(pid: number): Promise<string | undefined> {
  if (!isAlive(pid)) return undefined
  if (process.platform === 'linux') {
    try {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
      // The second field is the command in parentheses and may itself contain spaces and parentheses.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (fields[0] === 'Z' || fields[0] === 'X') return undefined
      const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
      return `${boot.trim()}/${fields[19]}`
    } catch {
      return undefined
    }
  }
  return (await ps(pid, 'lstart=')) || undefined
}

/** Whether the process is a PostgreSQL server of this data directory, and not a stranger with a recycled id. */
export async function isServerOf(pid: number, cluster: string): Promise<boolean> {
  if (process.platform === 'linux') {
    // A postmaster changes into its data directory and stays there.
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
    return folder === cluster && name.trim() === 'postgres'
  }
  const command = await ps(pid, 'command=')
  return command.includes('postgres') && command.includes(cluster)
}

async function ps(pid: number, column: string): Promise<string> {
  const { stdout } = await run('ps', ['-ww', '-o', column, '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return stdout.trim()
}
