/** API and workers as the processes that they are in production. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Client, createClient } from '@wellhead/client'
import { type Installation, processEnv, wellhead } from './installation.ts'
import type { Limits } from './limits.ts'
import { freePort } from './port.ts'
import { type Provider, pluginOf } from './provider.ts'
import { until } from './until.ts'

const START_MS = 60_000
/** What a supervisor waits. */
const RESTART_MS = 500

export interface Process {
  readonly name: string
  readonly pid: number
  signal(signal: NodeJS.Signals): void
  /** Ends it and waits until it is gone. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

interface Start {
  readonly name: string
  readonly command: 'api' | 'worker'
  readonly env: Readonly<Record<string, string>>
  isReady(log: () => Promise<string>): Promise<boolean>
}

export interface Deployment extends AsyncDisposable {
  readonly databaseUrl: string
  readonly apiUrls: readonly string[]
  readonly token: string
  client(api?: number): Client
  startWorker(): Promise<Process>
  /** Ends every process as an operator does. */
  stop(): Promise<void>
  /** Starts every API again, and so many workers. */
  start(workers: number): Promise<void>
  /** Those that live. */
  readonly workers: Process[]
  /** Names of the processes that ended although nobody told them to, since the last call. Each was started again. */
  takeDeaths(): readonly string[]
  /** Runs a `wellhead` command to its end. */
  run(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }>
}

export async function deploy(options: {
  /** Takes configuration and logs. */
  folder: string
  installation: Installation
  databaseUrl: string
  queueUrl: string
  queuePrefix: string
  ports: readonly number[]
  workers: number
  limits: Limits
  providers: readonly Provider[]
}): Promise<Deployment> {
  const { folder, installation, databaseUrl, ports, providers, limits } = options
  await mkdir(folder, { recursive: true })
  const config = {
    plugins: providers.map(({ variant }) => pluginOf(variant)),
    dataSources: Object.fromEntries(
      providers.map(({ dataSource, server: { endpoints, client } }) => [
        dataSource,
        { endpoints, oauthClient: { clientId: client.clientId, clientSecret: client.clientSecret } },
      ]),
    ),
    egress: { allow: ['127.0.0.1/32'] },
  }
  await writeFile(join(folder, 'wellhead.config.json'), JSON.stringify(config))
  const env: Record<string, string> = {
    ...processEnv(dirname(folder)),
    DATABASE_URL: databaseUrl,
    QUEUE_URL: options.queueUrl,
    WELLHEAD_QUEUE_PREFIX: options.queuePrefix,
    WELLHEAD_PUBLIC_URL: `http://localhost:${ports[0]}`,
    WELLHEAD_ENCRYPTION_KEYS: installation.encryptionKeys,
    WELLHEAD_CONFIG: join(folder, 'wellhead.config.json'),
    WELLHEAD_BLOB_DIR: join(folder, 'blobs'),
    WELLHEAD_RATE_LIMIT: '100000000',
    WELLHEAD_LOG_LEVEL: 'info',
    WELLHEAD_TIMINGS: JSON.stringify(limits.timings),
  }
  const living = new Set<Process>()
  const workers: Process[] = []
  const deaths: string[] = []
  let isClosing = false

  /** Starts a process and resolves when it is ready. As under a supervisor, one that ends by itself is started again. */
  async function launch(start: Start): Promise<Process> {
    const log = join(folder, `${start.name}.log`)
    const file = await open(log, 'a')
    const child = spawn(process.execPath, [wellhead, start.command], {
      env: { ...env, ...start.env },
      cwd: folder,
      stdio: ['ignore', file.fd, file.fd],
    })
    await file.close()
    let isTold = false
    const killed = () => void child.kill('SIGKILL')
    const isOver = () => child.exitCode !== null || child.signalCode !== null
    const one: Process = {
      name: start.name,
      pid: child.pid as number,
      signal: (signal) => void child.kill(signal),
      async end(signal) {
        isTold = true
        if (workers.includes(one)) workers.splice(workers.indexOf(one), 1)
        if (isOver()) return
        const gone = once(child, 'exit')
        child.kill(signal)
        // One that is paused takes no other signal.
        if (signal === 'SIGTERM') child.kill('SIGCONT')
        await gone
      },
    }
    living.add(one)
    process.once('exit', killed)
    if (start.command === 'worker') workers.push(one)
    child.once('exit', () => {
      process.off('exit', killed)
      living.delete(one)
      if (isTold || isClosing) return
      deaths.push(start.name)
      if (workers.includes(one)) workers.splice(workers.indexOf(one), 1)
      const again = { ...start, name: `${start.name}-again` }
      void delay(RESTART_MS).then(() => (isClosing ? undefined : launch(again).catch(() => {})))
    })
    const isReady = async () => {
      if (isOver()) throw new Error(`${start.name} did not start:\n${(await readFile(log, 'utf8')).slice(-2_000)}`)
      return start.isReady(() => readFile(log, 'utf8'))
    }
    await until(isReady, `${start.name} starts`, START_MS)
    return one
  }

  const apiUrls = ports.map((port) => `http://127.0.0.1:${port}`)
  const startApi = (index: number) =>
    launch({
      name: `api-${index + 1}`,
      command: 'api',
      env: { WELLHEAD_PORT: String(ports[index]) },
      isReady: () =>
        fetch(`${apiUrls[index]}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        ),
    })
  let started = 0
  const startWorker = () =>
    launch({
      name: `worker-${++started}`,
      command: 'worker',
      env: {},
      isReady: async (log) => (await log()).includes('the worker takes jobs'),
    })
  async function close() {
    isClosing = true
    await Promise.all([...living].map((one) => one.end('SIGKILL')))
  }

  async function start(count: number): Promise<void> {
    // The first one copies the OAuth clients of the configuration into the database.
    await startApi(0)
    await Promise.all([
      ...ports.slice(1).map((_, index) => startApi(index + 1)),
      ...Array.from({ length: count }, startWorker),
    ])
  }

  try {
    await start(options.workers)
  } catch (error) {
    await close()
    throw error
  }
  return {
    databaseUrl,
    apiUrls,
    token: installation.token,
    workers,
    startWorker,
    start,
    stop: async () => void (await Promise.all([...living].map((one) => one.end('SIGTERM')))),
    takeDeaths: () => deaths.splice(0),
    client: (api = 0) => createClient({ baseUrl: apiUrls[api] as string, token: installation.token }),
    async run(...args) {
      const child = spawn(process.execPath, [wellhead, ...args], { env, cwd: folder })
      let output = ''
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => {
          output += chunk
        })
      const [code] = (await once(child, 'close')) as [number]
      return { code, output }
    },
    [Symbol.asyncDispose]: close,
  }
}

export const freePorts = (count: number): Promise<number[]> => Promise.all(Array.from({ length: count }, freePort))
