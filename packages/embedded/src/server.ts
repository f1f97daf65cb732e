import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { serverEnvironment } from './cluster.ts'
import { diskFull, EmbeddedPostgresError } from './errors.ts'
import type { Place } from './place.ts'

/** A fast shutdown writes a checkpoint; on a slow disk that takes its time. */
const STOP_MS = 60_000

export interface Server {
  readonly pid: number
  /** Settles when the process has ended, for whatever reason. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

export type Outcome =
  | { readonly server: Server }
  | { readonly failure: 'port' | 'old_children' | EmbeddedPostgresError }

/** Starts the postmaster and waits until it accepts connections. */
export async function startServer(
  place: Place,
  port: number,
  settings: Readonly<Record<string, string | number>>,
  onLog: (line: string) => void,
): Promise<Outcome> {
  const flags = Object.entries({
    ...settings,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port,
    // The lines below are read to see what happened.
    lc_messages: 'C',
    logging_collector: 'off',
    log_destination: 'stderr',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(place.binaries.postgres, ['-D', place.cluster, ...flags], {
    ...place.account,
    cwd: '/',
    env: serverEnvironment,
    stdio: ['ignore', 'ignore', 'pipe'],
    // Its own process group: Ctrl-C in a terminal must not end it under a process that is still finishing its work.
    detached: true,
  })
  const said: string[] = []
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', (error) => {
      said.push(error.message)
      resolve()
    })
  })
  const ready = new Promise<boolean>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      onLog(line)
      if (said.push(line) > 50) said.shift()
      if (line.includes('database system is ready to accept connections')) resolve(true)
    })
    void ended.then(() => resolve(false))
  })
  if (!(await ready)) return { failure: judge(said.join('\n'), place) }

  let stopping: Promise<void> | undefined
  const stop = async () => {
    child.kill('SIGINT')
    const timer = setTimeout(() => child.kill('SIGQUIT'), STOP_MS)
    await ended
    clearTimeout(timer)
  }
  return { server: { pid: child.pid!, ended, stop: () => (stopping ??= stop()) } }
}

function judge(said: string, place: Place): 'port' | 'old_children' | EmbeddedPostgresError {
  if (/could not bind .*: Address already in use/.test(said)) return 'port'
  if (said.includes('pre-existing shared memory block')) return 'old_children'
  if (/No space left on device|Disk quota exceeded/.test(said)) return diskFull(place.home)
  if (/lock file "postmaster.pid" already exists/.test(said)) {
    return new EmbeddedPostgresError('data_dir_in_use', `Another PostgreSQL server is running on ${place.cluster}.`)
  }
  if (/Permission denied|has wrong ownership|invalid permissions/.test(said)) {
    return new EmbeddedPostgresError(
      'data_dir_unusable',
      `The data in ${place.cluster} belongs to another user. Start as that user, or choose another folder.`,
    )
  }
  const tail = said.trim().split('\n').slice(-5).join(' ')
  return new EmbeddedPostgresError('start_failed', `PostgreSQL did not start on ${place.cluster}: ${tail}`)
}
