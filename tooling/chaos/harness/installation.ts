/** An installed Wellhead, made once and copied for each scenario: tables, an owner with a workspace, an API token. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import postgres from 'postgres'
import type { OwnPostgres } from './postgres.ts'

export const wellhead = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url))

/** What every process of Wellhead's is started with. */
export const processEnv = (folder: string): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  NODE_NO_WARNINGS: '1',
  // The same code is started dozens of times.
  NODE_COMPILE_CACHE: join(folder, 'compiled'),
  ...(process.env.TMPDIR ? { TMPDIR: process.env.TMPDIR } : {}),
})

export const TEMPLATE = 'chaos_template'

export interface Installation {
  readonly encryptionKeys: string
  readonly token: string
  /** A database with it, of its own. */
  database(): Promise<string>
  /** Copies a database that nobody uses; what it gives puts the copy in its place. */
  dump(databaseUrl: string): Promise<() => Promise<void>>
}

export async function install(server: Pick<OwnPostgres, 'url'>, folder: string): Promise<Installation> {
  const encryptionKeys = `chaos:${randomBytes(32).toString('base64')}`
  const admin = async (statement: string) => {
    const sql = postgres(server.url('postgres'), { max: 1, onnotice: () => {} })
    await sql.unsafe(statement).finally(() => sql.end())
  }
  await admin(`create database ${TEMPLATE}`)
  const env = {
    ...processEnv(folder),
    DATABASE_URL: server.url(TEMPLATE),
    WELLHEAD_PUBLIC_URL: 'http://localhost:1',
    WELLHEAD_ENCRYPTION_KEYS: encryptionKeys,
  }
  const run = async (...args: string[]) =>
    (await promisify(execFile)(process.execPath, [wellhead, ...args], { env, cwd: '/' })).stdout.trim()
  await run('migrate')
  await run('owner', 'create', '--email', 'ada@acme.test', '--workspace', 'Acme')
  const token = await run('token', 'create', '--name', 'chaos')
  return {
    encryptionKeys,
    token,
    async database() {
      const name = `chaos_${randomBytes(6).toString('hex')}`
      await admin(`create database ${name} template ${TEMPLATE}`)
      return server.url(name)
    },
    async dump(databaseUrl) {
      const name = new URL(databaseUrl).pathname.slice(1)
      const copy = `${name}_dump`
      const others = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`
      await admin(others)
      await admin(`create database ${copy} template ${name}`)
      return async () => {
        await admin(`drop database ${name} with (force)`)
        await admin(`create database ${name} template ${copy}`)
      }
    },
  }
}
