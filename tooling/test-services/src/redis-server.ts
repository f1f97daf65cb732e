import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'

export interface RedisServer {
  readonly url: string
  stop(): Promise<unknown>
}

/** Our own server, so that tests may empty it and take it away; undefined when there is no `redis-server` on the PATH. */
export async function startRedisServer(folder: string): Promise<RedisServer | undefined> {
  const dir = join(folder, 'redis')
  await mkdir(dir)
  const port = await freePort()
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir]
  const child = spawn('redis-server', args, { stdio: 'ignore', detached: true })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  let over = false
  void ended.then(() => {
    over = true
  })
  const url = `redis://127.0.0.1:${port}`
  const deadline = Date.now() + 10_000
  while (!over && Date.now() < deadline) {
    if (await redisAnswers(url)) {
      return {
        url,
        stop: () => {
          child.kill('SIGTERM')
          return ended
        },
      }
    }
    await delay(25)
  }
  child.kill('SIGKILL')
  return undefined
}

/** Whether a Redis answers a PING there, asked once, within a second. */
export async function redisAnswers(url: string): Promise<boolean> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 1000,
    commandTimeout: 1000,
    retryStrategy: () => null,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.ping()) === 'PONG'
  } catch {
    return false
  } finally {
    client.disconnect()
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
