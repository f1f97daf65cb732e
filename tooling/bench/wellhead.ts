import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

const script = join(import.meta.dirname, '../../apps/cli/src/main.ts')
const environment = { ...process.env, WELLHEAD_LOG_LEVEL: 'error' }

export interface Wellhead extends AsyncDisposable {
  /** Of an API process beside `wellhead start`, which holds nobody back: the bench measures the server, not its limits. */
  readonly url: string
  readonly token: string
  readonly startedInMs: number
}

/** `wellhead start` as a process of its own, and a second API on the same database. */
export async function startWellhead(dataDir: string): Promise<Wellhead> {
  await using stack = new AsyncDisposableStack()
  const began = performance.now()
  const main = await serve(['start', '--data-dir', dataDir, '--port'], environment)
  stack.defer(main.stop)
  const startedInMs = performance.now() - began
  const instance = JSON.parse(await readFile(join(dataDir, 'instance.json'), 'utf8')) as Record<string, string>
  const api = await serve(['api'], { ...environment, ...instance, WELLHEAD_RATE_LIMIT: '100000000' })
  stack.defer(api.stop)
  const args = [script, 'token', 'create', '--name', 'bench', '--data-dir', dataDir]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: environment })
  const held = stack.move()
  return { url: api.url, token: stdout.trim(), startedInMs, [Symbol.asyncDispose]: () => held.disposeAsync() }
}

async function serve(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ url: string; stop(): Promise<void> }> {
  const port = String(await freePort())
  const url = `http://localhost:${port}`
  const line = args.at(-1) === '--port' ? [...args, port] : args
  const child = spawn(process.execPath, [script, ...line], {
    env: { ...env, WELLHEAD_PORT: port },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said = text(child.stderr)
  const exited = once(child, 'exit')
  while (!(await answers(`${url}/readyz`))) {
    if (child.exitCode !== null) throw new Error(`wellhead ${args[0]} ended: ${await said}`)
    await delay(50)
  }
  const stop = async () => {
    child.kill('SIGTERM')
    await exited
  }
  return { url, stop }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (answer) => answer.ok,
    () => false,
  )
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
