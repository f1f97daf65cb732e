/** The whole product in one process: engine, API with this page, worker, and the sandbox as the providers. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Api, createApi } from '@wellhead/api'
import { builtin } from '@wellhead/catalog'
import { createEngine, type Engine } from '@wellhead/engine'
import { createEgress, loadDataSources } from '@wellhead/plugin-host'
import { type Sandbox, startSandbox } from '@wellhead/sandbox'
import { createTestDatabase } from '@wellhead/test-services'
import { startWorker } from '@wellhead/worker'
import pino from 'pino'
import { builtConsole } from '../build/index.ts'

export interface House extends AsyncDisposable {
  readonly url: string
  readonly databaseUrl: string
  readonly api: Api
  readonly engine: Engine
  readonly sandbox: Sandbox
  /** A one-time link that signs in as the owner. */
  signInLink(): Promise<string>
}

const sandboxed = Object.keys(builtin)

export async function openHouse(): Promise<House> {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await createTestDatabase())
  const blobDir = await mkdtemp(join(tmpdir(), 'wellhead-console-'))
  stack.defer(() => rm(blobDir, { recursive: true, force: true }))
  const port = await freePort()
  const url = `http://localhost:${port}`
  const sandbox = await startSandbox({
    only: sandboxed,
    redirectUris: sandboxed.map((id) => `${url}/oauth/callback/${id}`),
  })
  stack.defer(() => sandbox.close())
  const registry = await loadDataSources({
    builtin,
    plugins: [],
    baseDir: import.meta.dirname,
    overrides: Object.fromEntries(
      Object.entries(sandbox.endpoints).map(([id, endpoints]) => [
        id,
        { endpoints, sandbox: true, sandboxPages: sandbox.developerPages[id] ?? {} },
      ]),
    ),
  })
  const log = pino({ level: 'silent' })
  const silent = { debug() {}, info() {}, warn() {}, error() {} }
  const engine = await createEngine({
    databaseUrl: database.url,
    queueUrl: database.url,
    publicUrl: url,
    encryptionKeys: `test:${randomBytes(32).toString('base64')}`,
    registry,
    oauthClients: sandbox.oauthClients,
    blobDir,
    log: silent,
    timings: { pollMs: 50, sweepMs: 200, backoffMs: 200, horizonMs: 1_000, drainMs: 5_000 },
  })
  stack.defer(() => engine.close())
  const egress = createEgress({ allow: ['127.0.0.0/8'] })
  stack.defer(() => egress.close())
  const worker = await startWorker({ engine, egress })
  stack.defer(() => worker.drain())
  const api = await createApi({
    engine,
    publicUrl: url,
    secret: randomBytes(32).toString('base64'),
    log,
    page: await builtConsole(),
    sandbox: true,
    rateLimits: { signIn: 1_000 },
  })
  stack.defer(() => api.close())
  await api.listen({ port, host: 'localhost' })
  const { userId } = await api.login.createOwner({
    name: 'Ada Lovelace',
    email: 'ada@acme.test',
    workspaceName: 'Acme Research',
    password: 'a long password',
  })
  const opened = stack.move()
  return {
    url,
    databaseUrl: database.url,
    api,
    engine,
    sandbox,
    signInLink: () => api.login.signInLink(userId),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** The redirect URI is registered before the API listens, so the port is chosen first. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
