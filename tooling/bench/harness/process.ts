/** Wellhead, and what it is compared with, as processes of their own. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { processEnv, wellhead } from '@wellhead/chaos/harness/installation'
import { freePort } from '@wellhead/chaos/harness/port'
import { until } from '@wellhead/chaos/harness/until'
import type { Arena } from './arena.ts'

export interface Process extends AsyncDisposable {
  readonly pid: number
}

export interface Api extends Process {
  readonly url: string
}

export interface WellheadOptions {
  readonly databaseUrl: string
  readonly queueUrl?: string
  readonly queuePrefix?: string
  readonly publicUrl?: string
  /** As the configuration file has it. */
  readonly config?: object
  readonly timings?: Readonly<Record<string, number>>
}

/** `wellhead api`, with the log of production and no limit of requests. */
export async function startApi(arena: Arena, options: WellheadOptions): Promise<Api> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = { WELLHEAD_PORT: `${port}`, WELLHEAD_RATE_LIMIT: '100000000' }
  const one = await start(arena, 'api', env, { publicUrl: url, ...options }, () =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
  return { ...one, url }
}

/** `wellhead worker`. */
export function startWorker(arena: Arena, options: WellheadOptions): Promise<Process> {
  return start(arena, 'worker', {}, options, async (log) => (await log()).includes('the worker takes jobs'))
}

let started = 0

async function start(
  { folder, installation }: Arena,
  command: 'api' | 'worker',
  own: Readonly<Record<string, string>>,
  options: WellheadOptions,
  isReady: (log: () => Promise<string>) => Promise<boolean>,
): Promise<Process> {
  const place = join(folder, `${command}-${++started}`)
  await mkdir(place)
  await writeFile(join(place, 'wellhead.config.json'), JSON.stringify(options.config ?? {}))
  const logFile = join(place, 'log')
  const log = await open(logFile, 'a')
  const child = spawn(process.execPath, [wellhead, command], {
    cwd: place,
    stdio: ['ignore', log.fd, log.fd],
    env: {
      ...processEnv(folder),
      DATABASE_URL: options.databaseUrl,
      QUEUE_URL: options.queueUrl ?? options.databaseUrl,
      ...(options.queuePrefix ? { WELLHEAD_QUEUE_PREFIX: options.queuePrefix } : {}),
      WELLHEAD_PUBLIC_URL: options.publicUrl ?? 'http://localhost:1',
      WELLHEAD_ENCRYPTION_KEYS: installation.encryptionKeys,
      WELLHEAD_TIMINGS: JSON.stringify(options.timings ?? {}),
      ...own,
    },
  })
  await log.close()
  const one = owned(child)
  const text = () => readFile(logFile, 'utf8')
  try {
    await until(
      async () => {
        if (isOver(child)) throw new Error(`wellhead ${command} did not start:\n${(await text()).slice(-2_000)}`)
        return isReady(text)
      },
      `wellhead ${command} starts`,
      60_000,
    )
  } catch (error) {
    await one[Symbol.asyncDispose]()
    throw error
  }
  return one
}

/** A script of the benches that answers questions, one at a time. */
export interface Script extends Process {
  ask(question: unknown): Promise<unknown>
}

export async function startScript(file: string): Promise<Script> {
  const child = fork(file, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'advanced' })
  let asked = Promise.withResolvers<unknown>()
  child.on('message', (answer) => asked.resolve(answer))
  child.on('exit', (code) => asked.reject(new Error(`${file} ended with code ${code}`)))
  return {
    ...owned(child),
    ask(question) {
      asked = Promise.withResolvers()
      child.send(question as object)
      return asked.promise
    },
  }
}

function owned(child: ChildProcess): Process {
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  return {
    pid: child.pid as number,
    async [Symbol.asyncDispose]() {
      if (!isOver(child)) {
        const gone = once(child, 'exit')
        child.kill('SIGTERM')
        await gone
      }
      process.off('exit', kill)
    },
  }
}

const isOver = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null
