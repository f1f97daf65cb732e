import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from './port.ts'

/** A Redis server of the suite's own, which it may empty and take away. */
export interface OwnRedis extends AsyncDisposable {
  readonly url: string
  readonly version: string
  flush(): Promise<void>
  /** Nothing is kept: it comes back empty. */
  restart(how: 'stopped' | 'killed', awayMs: number): Promise<void>
}

/** Undefined when there is no `redis-server` on the PATH. */
export async function startOwnRedis(folder: string): Promise<OwnRedis | undefined> {
  const dir = join(folder, 'redis')
  await mkdir(dir, { recursive: true })
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let server = await start(port, dir)
  if (!server) return undefined
  const version = await within(url, async (redis) => /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? '')

  async function stop(signal: NodeJS.Signals): Promise<void> {
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    server.kill(signal)
    await once(server, 'exit')
  }
  return {
    url,
    version,
    flush: () => within(url, async (redis) => void (await redis.flushall())),
    async restart(how, awayMs) {
      await stop(how === 'killed' ? 'SIGKILL' : 'SIGTERM')
      await delay(awayMs)
      server = await start(port, dir)
    },
    [Symbol.asyncDispose]: () => stop('SIGTERM'),
  }
}

async function start(port: number, dir: string): Promise<ChildProcess | undefined> {
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir]
  const child = spawn('redis-server', args, { stdio: 'ignore' })
  let over = false
  child.once('error', () => {
    over = true
  })
  child.once('exit', () => {
    over = true
  })
  for (;;) {
    if (over) return undefined
    const answers = await within(`redis://127.0.0.1:${port}`, (redis) => redis.ping()).catch(() => undefined)
    if (answers) return child
    await delay(25)
  }
}

async function within<Result>(url: string, act: (redis: Redis) => Promise<Result>): Promise<Result> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await act(redis)
  } finally {
    redis.disconnect()
  }
}
