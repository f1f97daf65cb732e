/** The API on a real engine with a worker, and a small provider, each on loopback. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient } from '@wellhead/client'
import type { TokenScope } from '@wellhead/client/schema'
import { type Actor, createEngine, type Role, type WorkingEngine } from '@wellhead/engine'
import { createEgress, loadDataSources } from '@wellhead/plugin-host'
import { createTestDatabase } from '@wellhead/test-services'
import pino from 'pino'
import { expect } from 'vitest'
import { type Api, type ApiOptions, createApi } from '../src/index.ts'
import { type Browser, createBrowser } from './browser.ts'
import { type NotesProvider, notes, startNotes } from './notes.ts'

export interface ApiHouse extends AsyncDisposable {
  readonly api: Api
  readonly engine: WorkingEngine
  readonly provider: NotesProvider
  /** Where it listens, which is also its public URL. */
  readonly url: string
  readonly owner: Actor
  /** Ends the worker: nobody does the work from then on. */
  stopWork(): Promise<void>
  /** Every line that was logged. */
  readonly logs: string[]
  token(scopes: readonly TokenScope[], actor?: Actor): Promise<string>
  client(scopes: readonly TokenScope[], actor?: Actor): Promise<Client>
  /** A browser that is signed in: as the owner, or as a new member of this role. */
  signedIn(role?: Role): Promise<{ browser: Browser; actor: Actor }>
  browser(): Browser
}

export async function openApiHouse(
  options: Partial<ApiOptions> & { worker?: boolean; oauthClient?: boolean; callerWaitMs?: number } = {},
): Promise<ApiHouse> {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await createTestDatabase())
  const blobDir = await mkdtemp(join(tmpdir(), 'wellhead-api-'))
  stack.defer(() => rm(blobDir, { recursive: true, force: true }))
  // The public URL is part of what the provider registers, so the port is chosen first.
  const port = await freePort()
  const url = `http://localhost:${port}`
  const provider = await startNotes(`${url}/oauth/callback/notes`)
  stack.defer(() => provider.close())
  const registry = await loadDataSources({
    builtin: { notes: async () => ({ default: notes }) },
    plugins: [],
    baseDir: import.meta.dirname,
    overrides: { notes: { endpoints: provider.endpoints, sandbox: true } },
  })
  const logs: string[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void logs.push(line) })
  const plain = {
    debug: (message: string, fields?: object) => log.debug(fields ?? {}, message),
    info: (message: string, fields?: object) => log.info(fields ?? {}, message),
    warn: (message: string, fields?: object) => log.warn(fields ?? {}, message),
    error: (message: string, fields?: object) => log.error(fields ?? {}, message),
  }
  const engine = await createEngine({
    databaseUrl: database.url,
    queueUrl: database.url,
    publicUrl: url,
    encryptionKeys: `test:${randomBytes(32).toString('base64')}`,
    registry,
    oauthClients: options.oauthClient === false ? {} : { notes: provider.client },
    blobDir,
    log: plain,
    timings: {
      pollMs: 50,
      sweepMs: 100,
      backoffMs: 100,
      horizonMs: 1_000,
      callerWaitMs: options.callerWaitMs ?? 5_000,
      drainMs: 5_000,
    },
  })
  stack.defer(() => engine.close())
  let stopWork = async () => {}
  if (options.worker ?? true) {
    const egress = createEgress({ allow: ['127.0.0.0/8'] })
    stack.defer(() => egress.close())
    const working = await engine.work({ egress })
    stopWork = () => working.drain()
    stack.defer(() => stopWork())
  }
  const api = await createApi({
    engine,
    publicUrl: url,
    secret: randomBytes(32).toString('base64'),
    log,
    rateLimits: { signIn: 1_000 },
    ...options,
  })
  stack.defer(() => api.close())
  await api.listen({ port, host: 'localhost' })
  const { userId, workspaceId } = await api.login.createOwner({
    name: 'Ada',
    email: 'ada@acme.test',
    workspaceName: 'Acme',
  })
  const owner = (await engine.tenancy.memberActor(userId, workspaceId)) as Actor
  let people = 0

  const token = async (scopes: readonly TokenScope[], actor: Actor = owner) =>
    (await engine.tenancy.createToken(actor, { name: 'test', scopes })).token
  const opened = stack.move()
  return {
    api,
    engine,
    provider,
    url,
    owner,
    logs,
    async stopWork() {
      await stopWork()
      stopWork = async () => {}
    },
    token,
    client: async (scopes, actor) => createClient({ baseUrl: url, token: await token(scopes, actor) }),
    browser: () => createBrowser(url),
    async signedIn(role) {
      const browser = createBrowser(url)
      if (role === undefined) {
        await browser.get(await api.login.signInLink(userId))
        return { browser, actor: owner }
      }
      const link = await api.login.invite(owner, { email: `member${++people}@acme.test`, role })
      const joined = await browser.post(link, { name: `Member ${people}`, password: 'a long password' })
      expect(joined.status).toBe(303)
      const session = (await (await browser.get('/v1/session')).json()) as { user: { id: string } }
      return { browser, actor: (await engine.tenancy.memberActor(session.user.id, workspaceId)) as Actor }
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Waits for a condition; the deadline only bounds a failing test. */
export async function until<Value>(look: () => Promise<Value | undefined | false>, what: string): Promise<Value> {
  const giveUpAt = performance.now() + 15_000
  for (;;) {
    const value = await look()
    if (value !== undefined && value !== false) return value
    if (performance.now() > giveUpAt) expect.fail(`It did not happen: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
