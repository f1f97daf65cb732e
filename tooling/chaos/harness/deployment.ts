/** API and workers as the processes that they are in production. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Client, createClient } from '@wellhead/client'
import { type Installation, processEnv, wellhead } from './installation.ts'
import type { Limits } from './limits.ts'
import { freePort } from './port.ts'
import { type Provider, pluginOf } from './provider.ts'
import { until } from './until.ts'

const START_MS = 40_000

export interface Process {
  readonly name: string
  readonly pid: number
  signal(signal: NodeJS.Signals): void
  /** Ends it and waits until it is gone. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

export interface Deployment extends AsyncDisposable {
  readonly databaseUrl: string
  readonly apiUrls: readonly string[]
  readonly token: string
  client(api?: number): Client
  startWorker(): Promise<Process>
  /** Those that live. */
  readonly workers: Process[]
  /** Runs a `wellhead` command to its end. */
  run(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }>
}

export async function deploy(options: {
  /** Takes configuration and logs. */
  folder: string
  installation: Installation
  databaseUrl: string
  queueUrl: string
  ports: readonly number[]
  workers: number
  limits: Limits
  providers: readonly Provider[]
  env: Readonly<Record<string, string>>
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
    WELLHEAD_QUEUE_PREFIX: `chaos${randomBytes(4).toString('hex')}`,
    WELLHEAD_PUBLIC_URL: `http://localhost:${ports[0]}`,
    WELLHEAD_ENCRYPTION_KEYS: installation.encryptionKeys,
    WELLHEAD_CONFIG: join(folder, 'wellhead.config.json'),
    WELLHEAD_BLOB_DIR: join(folder, 'blobs'),
    WELLHEAD_RATE_LIMIT: '100000000',
    WELLHEAD_LOG_LEVEL: 'info',
    WELLHEAD_TIMINGS: JSON.stringify(limits.timings),
    ...options.env,
  }
  const launched: (Process & { readonly child: ChildProcess })[] = []
  const workers: Process[] = []

  async function launch(name: string, command: string, more: Record<string, string> = {}) {
    const log = join(folder, `${name}.log`)
    const file = await open(log, 'a')
    const stdio = ['ignore', file.fd, file.fd] as const
    const child = spawn(process.execPath, [wellhead, command], {
      env: { ...env, ...more },
      cwd: folder,
      stdio: [...stdio],
    })
    await file.close()
    const isOver = () => child.exitCode !== null || child.signalCode !== null
    const one = {
      name,
      child,
      pid: child.pid as number,
      signal: (signal: NodeJS.Signals) => void child.kill(signal),
      async end(signal: 'SIGTERM' | 'SIGKILL') {
        const at = workers.indexOf(one)
        if (at >= 0) workers.splice(at, 1)
        if (isOver()) return
        const gone = once(child, 'exit')
        child.kill(signal)
        // One that is paused takes no other signal.
        if (signal === 'SIGTERM') child.kill('SIGCONT')
        await gone
      },
    }
    launched.push(one)
    return {
      one,
      ready: (look: () => Promise<boolean>) =>
        until(
          async () => {
            if (isOver()) throw new Error(`${name} did not start:\n${await readFile(log, 'utf8')}`)
            return look()
          },
          `${name} starts`,
          START_MS,
        ),
      said: async (words: string) => (await readFile(log, 'utf8')).includes(words),
    }
  }

  const apiUrls = ports.map((port) => `http://127.0.0.1:${port}`)
  const startApi = async (index: number) => {
    const { ready } = await launch(`api-${index + 1}`, 'api', { WELLHEAD_PORT: String(ports[index]) })
    await ready(() =>
      fetch(`${apiUrls[index]}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    )
  }
  let started = 0
  const startWorker = async (): Promise<Process> => {
    const { one, ready, said } = await launch(`worker-${++started}`, 'worker')
    workers.push(one)
    await ready(() => said('the worker takes jobs'))
    return one
  }
  async function close() {
    await Promise.all(launched.map((one) => one.end('SIGKILL')))
  }

  try {
    // The first one copies the OAuth clients of the configuration into the database.
    await startApi(0)
    await Promise.all([
      ...ports.slice(1).map((_, index) => startApi(index + 1)),
      ...Array.from({ length: options.workers }, startWorker),
    ])
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
