import { join } from 'node:path'
import { startEmbeddedPostgres } from '@wellhead/embedded'
import { dockerAnswers, startPostgresContainer, startRedisContainer } from './docker.ts'
import type { Services } from './provided.ts'
import { redisAnswers, startRedisServer } from './redis-server.ts'

export interface RunningServices {
  readonly services: Services
  stop(): Promise<void>
}

export interface ServicesOptions {
  /** A folder of this run alone. */
  readonly folder: string
  /** WELLHEAD_TEST_REDIS_URL */
  readonly redisUrl?: string | undefined
  /** DOCKER_HOST */
  readonly dockerHost?: string | undefined
  readonly say: (line: string) => void
}

/** One PostgreSQL and, where one can be had, one Redis: from containers when a Docker engine answers, else from this machine. */
export async function startServices(options: ServicesOptions): Promise<RunningServices> {
  const docker = await dockerAnswers(options.dockerHost)
  const stops: (() => Promise<unknown>)[] = []
  const stop = async () => {
    await Promise.all(stops.splice(0).map((one) => one()))
  }
  try {
    const starting = [postgres(options, docker, stops), redis(options, docker, stops)] as const
    await Promise.allSettled(starting) // when one fails, the other must be there to be stopped
    const [postgresUrl, redisUrl] = await Promise.all(starting)
    const missing = 'no redis-server on the PATH, none on 127.0.0.1:6379, and WELLHEAD_TEST_REDIS_URL is not set'
    return { services: { postgresUrl, ...(redisUrl ? { redisUrl } : { redisMissing: missing }) }, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function postgres(options: ServicesOptions, docker: boolean, stops: (() => Promise<unknown>)[]): Promise<string> {
  if (docker) {
    try {
      const container = await startPostgresContainer()
      stops.push(container.stop)
      return container.url
    } catch (error) {
      options.say(`A Docker engine answers but gave no PostgreSQL (${firstLine(error)}); using the embedded one.`)
    }
  }
  const server = await startEmbeddedPostgres({
    dataDir: join(options.folder, 'postgres'),
    settings: { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' },
  })
  stops.push(server.stop)
  return server.url('').replace(/\/$/, '')
}

async function redis(
  options: ServicesOptions,
  docker: boolean,
  stops: (() => Promise<unknown>)[],
): Promise<string | undefined> {
  if (options.redisUrl) {
    if (await redisAnswers(options.redisUrl)) return options.redisUrl
    throw new Error('WELLHEAD_TEST_REDIS_URL is set, but no Redis answers there.')
  }
  if (docker) {
    try {
      const container = await startRedisContainer()
      stops.push(container.stop)
      return container.url
    } catch (error) {
      options.say(`A Docker engine answers but gave no Redis (${firstLine(error)}); looking on this machine.`)
    }
  }
  const server = await startRedisServer(options.folder)
  if (server) {
    stops.push(server.stop)
    return server.url
  }
  const usual = 'redis://127.0.0.1:6379'
  return (await redisAnswers(usual)) ? usual : undefined
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0]!
}
