/** Everything in one process, on embedded defaults. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApi } from '@wellhead/api'
import { createClient } from '@wellhead/client'
import { builtConsole } from '@wellhead/console'
import { startEmbeddedPostgres } from '@wellhead/embedded'
import { migrate, tokenScopes } from '@wellhead/engine'
import { startSandbox } from '@wellhead/sandbox'
import { startWorker } from '@wellhead/worker'
import { readConfigFile } from '../configuration/config-file.ts'
import { ConfigurationError, type Environment, readEnvironment } from '../configuration/environment.ts'
import { openInstallation, standsIn } from '../configuration/installation.ts'
import { createLogs } from '../configuration/log.ts'
import { startTelemetry } from '../configuration/telemetry.ts'
import { ownEncryptionKeys } from '../start/encryption-key.ts'
import { makeDataDir, removeInstance, writeInstance } from '../start/instance.ts'
import { doTheMainJob } from '../start/once.ts'
import { createProgress } from '../start/progress.ts'
import { sandboxedIds } from '../start/sandboxed.ts'
import { untilStopped } from '../until-stopped.ts'

const DEFAULT_PORT = 3400
/** No mail goes there: it is what the owner types to sign in. */
const OWNER = 'owner@wellhead.local'

export async function start(options: {
  once?: boolean
  port?: string
  dataDir?: string
  sandbox: string
}): Promise<number> {
  const begunAt = performance.now()
  const given = readEnvironment(process.env)
  const config = readConfigFile(given.WELLHEAD_CONFIG, process.env)
  const logs = createLogs(given.WELLHEAD_LOG_LEVEL ?? (options.once ? 'error' : 'warn'))
  const progress = createProgress()
  // Once is a demonstration: it leaves nothing behind, and an installation beside it in peace.
  const isThrowaway = options.once && options.dataDir === undefined
  const dataDir = makeDataDir(isThrowaway ? mkdtempSync(join(tmpdir(), 'wellhead-')) : (options.dataDir ?? '.wellhead'))
  const stopped = untilStopped()

  await using stack = new AsyncDisposableStack()
  stack.use(await startTelemetry({ environment: given, serviceName: 'wellhead', log: logs.log }))
  if (isThrowaway) stack.defer(() => rmSync(dataDir, { recursive: true, force: true }))

  progress.step('Starting PostgreSQL')
  const keys = ownEncryptionKeys(dataDir)
  const postgres = await startEmbeddedPostgres({
    dataDir: join(dataDir, 'postgres'),
    onLog: (line) => logs.log.debug('postgres', { line }),
    onUnexpectedExit: (error) => {
      console.error(`wellhead: ${error.message}`)
      process.exit(1)
    },
  })
  stack.defer(() => postgres.stop())
  progress.step('Preparing the database')
  await migrate(postgres.url())

  const port = portOf(options.port, given.WELLHEAD_PORT, options.once ? await freePort() : DEFAULT_PORT)
  const publicUrl = given.WELLHEAD_PUBLIC_URL ?? `http://localhost:${port}`
  const environment: Environment = {
    ...given,
    DATABASE_URL: postgres.url(),
    DATABASE_DIRECT_URL: undefined,
    QUEUE_URL: given.QUEUE_URL,
    WELLHEAD_PUBLIC_URL: publicUrl,
    WELLHEAD_ENCRYPTION_KEYS: given.WELLHEAD_ENCRYPTION_KEYS ?? keys.keys,
    WELLHEAD_BLOB_DIR: given.WELLHEAD_BLOB_DIR ?? join(dataDir, 'blobs'),
    // Somebody waits at the terminal; a run that takes longer goes on at the next start.
    WELLHEAD_TIMINGS: given.WELLHEAD_TIMINGS ?? JSON.stringify({ drainMs: 3_000 }),
  }

  const only = sandboxedIds(options.sandbox).filter((id) => standsIn(config, id))
  const sandbox =
    only.length === 0
      ? undefined
      : await startSandbox({
          only,
          redirectUris: only.map((id) => `${publicUrl}/oauth/callback/${id}`),
          ...(isThrowaway ? {} : { stateFile: join(dataDir, 'sandbox.json') }),
        })
  if (sandbox) {
    progress.step('Starting the sandbox')
    stack.defer(() => sandbox.close())
  }

  progress.step('Preparing the page')
  const page = await builtConsole()
  progress.step('Starting the API and the worker')
  const installation = stack.use(
    await openInstallation({
      environment,
      config,
      log: logs.log,
      ...(sandbox ? { standIns: sandbox } : {}),
    }),
  )
  const worker = await startWorker(installation)
  const api = await createApi({
    engine: installation.engine,
    publicUrl,
    secret: installation.sessionSecret,
    log: logs.http,
    page,
    sandbox: sandbox !== undefined,
    ...(given.WELLHEAD_RATE_LIMIT ? { rateLimits: { perCaller: given.WELLHEAD_RATE_LIMIT } } : {}),
  })
  stack.defer(async () => {
    await api.close()
    await worker.drain()
  })
  await api.listen({ port, host: given.WELLHEAD_HOST ?? '127.0.0.1' })
  writeInstance(dataDir, environment)
  stack.defer(() => removeInstance(dataDir))

  const isFirst = !(await api.login.hasUsers())
  const owner = await api.login.createOwner({
    name: 'Owner',
    email: OWNER,
    workspaceName: 'My workspace',
  })
  progress.done()

  if (options.once) {
    if (!sandbox) throw new ConfigurationError('--once works against the sandbox, and --sandbox none leaves none.')
    const actor = await installation.engine.tenancy.memberActor(owner.userId, owner.workspaceId)
    if (!actor) throw new Error('The owner is not a member of the workspace.')
    const { token } = await installation.engine.tenancy.createToken(actor, { name: 'once', scopes: tokenScopes })
    const client = createClient({ baseUrl: `http://127.0.0.1:${port}`, token })
    const say = (line: string) => console.log(`  ${line}`)
    const table = await Promise.race([
      doTheMainJob({ client, registry: installation.registry, sandbox, say }),
      stopped.then(() => undefined),
    ])
    if (table === undefined) return 130
    console.log(`\n${table}\nDone in ${((performance.now() - begunAt) / 1000).toFixed(1)} s.`)
    return 0
  }

  console.log(`
Wellhead runs at ${publicUrl}

  Sign in once with this link (good for ten minutes):
  ${await api.login.signInLink(owner.userId)}
`)
  if (await api.login.hasPassword(owner.userId)) console.log(`  Or sign in as ${OWNER} with your password.\n`)
  if (sandbox) {
    console.log(`  The sandbox stands in for ${only.join(', ')}; --sandbox none turns it off. To try it:`)
    for (const [id, key] of Object.entries(sandbox.apiKeys)) console.log(`    ${id}: the sample key ${key}`)
    console.log(`    a site to crawl: ${sandbox.siteUrl}`)
  }
  if (isFirst || keys.isNew)
    console.log(`  Everything is kept in ${dataDir}. Back up ${keys.file}: without it no credential can be opened.`)
  console.log('  Ctrl-C stops it.\n')
  await stopped
  console.log('Stopping …')
  return 0
}

function portOf(option: string | undefined, variable: number | undefined, fallback: number): number {
  if (option === undefined) return variable ?? fallback
  const port = Number(option)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new ConfigurationError('--port must be a number from 1 to 65535.')
  return port
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
