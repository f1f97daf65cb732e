import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { builtin } from '@wellhead/catalog'
import { freePort } from '@wellhead/chaos/harness/port'
import { type Client, createClient } from '@wellhead/client'
import type { Document, Run } from '@wellhead/client/schema'
import { startEmbeddedPostgres } from '@wellhead/embedded'
import type { Sandbox } from '@wellhead/sandbox'
import { walkConsent } from '@wellhead/testkit/oauth-server'

const script = join(import.meta.dirname, '../../apps/cli/src/main.ts')

/** API and worker as an operator runs them: a process each, on one database. */
export interface Deployment extends AsyncDisposable {
  readonly client: Client
  readonly workerPid: number
  /** Connects a data source by OAuth, as a person who consents; the connection's id. */
  authorize(dataSource: string): Promise<string>
  /** A run to its end, and its documents. @throws Error when it does not complete */
  read(
    dataSource: string,
    connection: string,
    operation: Run['operation'],
    parameters: Record<string, unknown>,
  ): Promise<readonly Document[]>
}

export async function deploy(
  folder: string,
  standIns: (publicUrl: string, ids: readonly string[]) => Promise<Sandbox>,
): Promise<Deployment> {
  await using stack = new AsyncDisposableStack()
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
  stack.defer(() => postgres.stop())
  const port = await freePort()
  const publicUrl = `http://localhost:${port}`
  const { endpoints, oauthClients } = await standIns(publicUrl, Object.keys(builtin))
  const config = join(folder, 'wellhead.config.json')
  const dataSources = Object.fromEntries(
    Object.entries(endpoints).map(([id, own]) => [
      id,
      { endpoints: own, ...(oauthClients[id] ? { oauthClient: oauthClients[id] } : {}) },
    ]),
  )
  await mkdir(join(folder, 'blobs'))
  await writeFile(config, JSON.stringify({ dataSources, egress: { allow: ['127.0.0.1/32'] } }))
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: postgres.url(),
    WELLHEAD_PUBLIC_URL: publicUrl,
    WELLHEAD_PORT: String(port),
    WELLHEAD_ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
    WELLHEAD_CONFIG: config,
    WELLHEAD_BLOB_DIR: join(folder, 'blobs'),
    WELLHEAD_RATE_LIMIT: '100000000',
    WELLHEAD_LOG_LEVEL: 'error',
  }
  const command = async (...args: readonly string[]) =>
    (await promisify(execFile)(process.execPath, [script, ...args], { env, cwd: folder })).stdout.trim()
  await command('migrate')
  await command('owner', 'create', '--email', 'bench@wellhead.local', '--workspace', 'Bench')
  const token = await command('token', 'create', '--name', 'bench')
  const launch = (name: string): ChildProcess => {
    const child = spawn(process.execPath, [script, name], { env, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
    stack.defer(async () => {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    })
    return child
  }
  launch('api')
  const worker = launch('worker')
  const client = createClient({ baseUrl: publicUrl, token })
  const ready = () =>
    fetch(`${publicUrl}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  while (!(await ready())) await delay(50)

  const held = stack.move()
  return {
    client,
    workerPid: worker.pid as number,
    async authorize(dataSource) {
      const { id, connect_url: url } = await client.authorizations.create({ body: { data_source: dataSource } })
      // As the form of that page does it.
      const connect = await fetch(url, { method: 'POST', redirect: 'manual', headers: { origin: publicUrl } })
      const cookie = connect.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ')
      const callback = await walkConsent(connect.headers.get('location') ?? '')
      await (await fetch(callback, { redirect: 'manual', headers: { cookie } })).body?.cancel()
      for (;;) {
        const { status, connection_id: connection, error } = await client.authorizations.get({ params: { id } })
        if (connection) return connection
        if (error) throw new Error(`${dataSource} was not connected: ${status}, ${error.message}`)
        await delay(50)
      }
    },
    async read(dataSource, connection, operation, parameters) {
      const body = { data_source: dataSource, connection_id: connection, operation, parameters }
      const { id } = await client.runs.create({ body })
      const documents: Document[] = []
      for await (const line of client.runs.followDocuments(id)) {
        if ('document' in line) documents.push(line.document)
        else if (line.run.status !== 'completed')
          throw new Error(`${dataSource}: ${operation} ${line.run.status}: ${line.run.error?.message}`)
      }
      return documents
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}
