import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@wellhead/embedded'
import postgres from 'postgres'

/** When something was away, in milliseconds since the epoch. */
export interface Away {
  readonly from: number
  readonly to: number
}

/** A PostgreSQL server of the suite's own, which it may take away. */
export interface OwnPostgres extends AsyncDisposable {
  readonly version: string
  url(database: string): string
  /** As an operator restarts it, or as after `kill -9`; it is back when this resolves. */
  restart(how: 'stopped' | 'killed', awayMs: number): Promise<Away>
}

// What was committed must outlive a kill of the server; what the machine itself would lose is not tried.
const settings = { fsync: 'off', full_page_writes: 'off' }

export async function startOwnPostgres(folder: string): Promise<OwnPostgres> {
  const options = { dataDir: join(folder, 'postgres'), maxConnections: 400, settings }
  let server: EmbeddedPostgres = await startEmbeddedPostgres(options)
  const sql = postgres(server.url('postgres'), { max: 1, onnotice: () => {} })
  const [row] =
    await sql`select setting as version, current_setting('data_directory') as folder from pg_settings where name = 'server_version'`
  await sql.end()
  const pidFile = join(row?.folder as string, 'postmaster.pid')

  return {
    version: row?.version as string,
    url: (database) => server.url(database),
    async restart(how, awayMs) {
      const from = Date.now()
      if (how === 'stopped') await server.stop()
      else {
        process.kill(Number.parseInt(await readFile(pidFile, 'utf8'), 10), 'SIGKILL')
        await untilGone(server.port)
      }
      await delay(awayMs)
      // On the port that it had: the embedded server remembers it.
      server = await startEmbeddedPostgres({ ...options, port: server.port })
      return { from, to: Date.now() }
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

/** The lock of the killed server is released when its end is noticed. */
async function untilGone(port: number): Promise<void> {
  for (;;) {
    const sql = postgres({ host: '127.0.0.1', port, connect_timeout: 1, max: 1, onnotice: () => {} })
    const refused = await sql`select 1`.then(
      () => false,
      (error: { code?: string }) => error.code === 'ECONNREFUSED',
    )
    await sql.end({ timeout: 1 })
    if (refused) return void (await delay(200))
    await delay(25)
  }
}
