/** API and worker as the processes that they are in production, on a database of their own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Client, createClient } from '@wellhead/client'
import { createTestDatabase } from '@wellhead/test-services'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export interface Process {
  readonly child: ChildProcess
  readonly name: string
  /** Everything it wrote. */
  output(): string
  kill(signal?: NodeJS.Signals): Promise<number | null>
}

export interface Deployment extends AsyncDisposable {
  readonly databaseUrl: string
  readonly apiUrls: readonly string[]
  readonly token: string
  client(api?: number): Client
  startWorker(env?: Record<string, string>): Promise<Process>
  readonly workers: Process[]
  readonly apis: Process[]
  /** What all processes wrote, in this deployment's whole life. */
  output(): string
  /** Runs a command to its end. */
  run(
    args: readonly string[],
    env?: Record<string, string>,
  ): Promise<{ code: number | null; stdout: string; stderr: string }>
}

export interface DeploymentOptions {
  readonly apis?: number
  readonly workers?: number
  readonly queueUrl?: string
  /** The configuration file's content, for an installation at this public URL. */
  readonly config?: (publicUrl: string) => unknown
  readonly timings?: Record<string, number>
  readonly env?: Record<string, string>
}

export async function deploy(options: DeploymentOptions = {}): Promise<Deployment> {
  const database = await createTestDatabase({ migrate: false })
  const folder = await mkdtemp(join(tmpdir(), 'wellhead-deployment-'))
  const configFile = join(folder, 'wellhead.config.json')
  const ports = await Promise.all(Array.from({ length: options.apis ?? 1 }, freePort))
  const publicUrl = `http://localhost:${ports[0]}`
  await writeFile(configFile, JSON.stringify((await options.config?.(publicUrl)) ?? {}))
  const env = {
    PATH: process.env.PATH ?? '',
    NODE_NO_WARNINGS: '1',
    DATABASE_URL: database.url,
    ...(options.queueUrl ? { QUEUE_URL: options.queueUrl } : {}),
    WELLHEAD_PUBLIC_URL: publicUrl,
    WELLHEAD_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
    WELLHEAD_CONFIG: configFile,
    WELLHEAD_BLOB_DIR: join(folder, 'blobs'),
    WELLHEAD_LOG_LEVEL: 'debug',
    WELLHEAD_RATE_LIMIT: '100000',
    WELLHEAD_TIMINGS: JSON.stringify({
      sweepMs: 200,
      horizonMs: 1_500,
      runLeaseMs: 2_000,
      leaseMs: 6_000,
      tokenCallMs: 4_000,
      backoffMs: 200,
      drainMs: 5_000,
      ...options.timings,
    }),
    ...options.env,
  }
  const all: Process[] = []
  const launch = (name: string, args: readonly string[], more: Record<string, string> = {}): Process => {
    const child = spawn(process.execPath, [main, ...args], { env: { ...env, ...more }, cwd: folder })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    const launched: Process = {
      child,
      name,
      output: () => output,
      kill(signal = 'SIGTERM') {
        child.kill(signal)
        return ended
      },
    }
    all.push(launched)
    return launched
  }

  async function run(args: readonly string[], more: Record<string, string> = {}) {
    const child = spawn(process.execPath, [main, ...args], { env: { ...env, ...more }, cwd: folder })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    return { code, stdout, stderr }
  }
  const mustRun = async (args: readonly string[]) => {
    const result = await run(args)
    if (result.code !== 0) throw new Error(`wellhead ${args.join(' ')} ended with ${result.code}: ${result.stderr}`)
    return result.stdout.trim()
  }

  const workers: Process[] = []
  const startWorker = async (more: Record<string, string> = {}): Promise<Process> => {
    const worker = launch(`worker ${workers.length + 1}`, ['worker'], more)
    workers.push(worker)
    await ready(worker, async () => worker.output().includes('the worker takes jobs'))
    return worker
  }

  await mustRun(['migrate'])
  await mustRun(['owner', 'create', '--email', 'ada@acme.test', '--workspace', 'Acme'])
  const token = await mustRun(['token', 'create', '--name', 'tests'])
  const apis = ports.map((port, index) => launch(`api ${index + 1}`, ['api'], { WELLHEAD_PORT: String(port) }))
  const apiUrls = ports.map((port) => `http://127.0.0.1:${port}`)
  await Promise.all([
    ...apis.map((api, index) =>
      ready(api, () =>
        fetch(`${apiUrls[index]}/readyz`).then(
          (response) => response.ok,
          () => false,
        ),
      ),
    ),
    ...Array.from({ length: options.workers ?? 1 }, () => startWorker()),
  ])

  return {
    databaseUrl: database.url,
    apiUrls,
    token,
    apis,
    workers,
    startWorker,
    run,
    client: (api = 0) => createClient({ baseUrl: apiUrls[api] as string, token }),
    output: () => all.map((one) => one.output()).join('\n'),
    async [Symbol.asyncDispose]() {
      await Promise.all(
        all.map((one) => (one.child.exitCode === null && one.child.signalCode === null ? one.kill() : null)),
      )
      await rm(folder, { recursive: true, force: true })
      await database[Symbol.asyncDispose]()
    },
  }
}

async function ready(started: Process, look: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + 60_000
  while (!(await look())) {
    if (started.child.exitCode !== null || performance.now() > giveUpAt)
      throw new Error(`${started.name} did not start:\n${started.output()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Where a worker that was given WELLHEAD_METRICS_PORT serves its counts, as it said itself. */
export function metricsUrl(worker: Process | undefined): string {
  const [, port] = /"metrics":(\d+)/.exec(worker?.output() ?? '') ?? []
  if (!port) throw new Error('The worker serves no metrics.')
  return `http://127.0.0.1:${port}/metrics`
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

export async function until<Value>(
  look: () => Promise<Value | undefined | false>,
  what: string,
  timeoutMs = 60_000,
): Promise<Value> {
  const giveUpAt = performance.now() + timeoutMs
  for (;;) {
    const value = await look()
    if (value !== undefined && value !== false) return value
    if (performance.now() > giveUpAt) throw new Error(`It did not happen: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
