import { request } from 'node:http'

const ANSWER_MS = 2000
/** Starting includes pulling the image, where it can be had. */
const START_MS = 120_000

/** Whether a Docker engine answers at DOCKER_HOST or on its usual socket, asked within two seconds. */
export async function dockerAnswers(dockerHost = 'unix:///var/run/docker.sock'): Promise<boolean> {
  const at = dockerHost.startsWith('unix://')
    ? { socketPath: dockerHost.slice('unix://'.length) }
    : { host: new URL(dockerHost).hostname, port: new URL(dockerHost).port }
  return new Promise((resolve) => {
    const asked = request({ ...at, path: '/_ping', signal: AbortSignal.timeout(ANSWER_MS) }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    asked.on('error', () => resolve(false))
    asked.end()
  })
}

export interface Container {
  readonly url: string
  stop(): Promise<unknown>
}

export async function startPostgresContainer(): Promise<Container> {
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql')
  const container = await inTime(
    new PostgreSqlContainer('postgres:18-alpine')
      .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=300'])
      .withStartupTimeout(START_MS)
      .start(),
  )
  const url = new URL(container.getConnectionUri())
  url.pathname = ''
  return { url: url.href.replace(/\/$/, ''), stop: () => container.stop() }
}

export async function startRedisContainer(): Promise<Container> {
  const { GenericContainer } = await import('testcontainers')
  const container = await inTime(
    new GenericContainer('redis:8-alpine').withExposedPorts(6379).withStartupTimeout(START_MS).start(),
  )
  return { url: `redis://${container.getHost()}:${container.getMappedPort(6379)}`, stop: () => container.stop() }
}

async function inTime<T>(started: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no container after ${START_MS / 1000} s`)), START_MS)
  })
  started.catch(() => {}) // a failure after the time is up has nobody left to tell
  return Promise.race([started, late]).finally(() => clearTimeout(timer))
}
