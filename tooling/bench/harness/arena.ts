/** What the benches run on: servers of their own, with the settings that production has. */
import { type Installation, install, TEMPLATE } from '@wellhead/chaos/harness/installation'
import { type OwnRedis, startOwnRedis } from '@wellhead/chaos/harness/redis'
import { startEmbeddedPostgres } from '@wellhead/embedded'
import postgres from 'postgres'
import { dataSource } from './provider.ts'
import { fill, ownerOf } from './seed.ts'

export interface Arena extends AsyncDisposable {
  /** Takes configurations and logs. */
  readonly folder: string
  readonly installation: Installation
  /** Undefined when there is no `redis-server` on the PATH. */
  readonly redis: OwnRedis | undefined
  readonly postgresVersion: string
  /** A database with so many connections to one data source, none of them due; made once for all benches that want it. */
  sized(connections: number): Promise<string>
  /** Puts away what a bench has left, so that no other pays for it: its databases, and what is not on the disk yet. */
  settle(): Promise<void>
}

export async function openArena(folder: string): Promise<Arena> {
  await using stack = new AsyncDisposableStack()
  const server = stack.use(await startEmbeddedPostgres({ dataDir: `${folder}/postgres`, maxConnections: 200 }))
  const sql = postgres(server.url('postgres'), { max: 1, onnotice: () => {} })
  const [row] = await sql`select current_setting('server_version') as version`
  await sql.end()
  const redis = await startOwnRedis(folder)
  if (redis) stack.use(redis)
  const installation = await install(server, folder)
  const sized = new Map<number, Promise<string>>()

  async function makeSized(connections: number): Promise<string> {
    const url = await installation.database()
    const sql = postgres(url, { max: 1, onnotice: () => {} })
    await fill(sql, await ownerOf(sql), { from: 1, to: connections, dataSource }).finally(() => sql.end())
    return url
  }

  async function settle(): Promise<void> {
    const kept = (await Promise.all(sized.values())).map((url) => new URL(url).pathname.slice(1))
    const sql = postgres(server.url('postgres'), { max: 1, onnotice: () => {} })
    const rows = await sql`
      select datname as name from pg_database where datname like 'chaos\\_%' and datname <> all(${[TEMPLATE, ...kept]})`
    for (const { name } of rows) await sql`drop database ${sql(name)} with (force)`
    await sql`checkpoint`
    await sql.end()
  }

  const held = stack.move()
  return {
    folder,
    installation,
    redis,
    postgresVersion: row?.version as string,
    settle,
    sized(connections) {
      const made = sized.get(connections) ?? makeSized(connections)
      sized.set(connections, made)
      return made
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}
