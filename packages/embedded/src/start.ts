import { setTimeout as delay } from 'node:timers/promises'
import { DATABASE, ensureCluster, SUPERUSER } from './cluster.ts'
import { EmbeddedPostgresError, fromFileError } from './errors.ts'
import { stopLeftover } from './leftover.ts'
import { takeOwnerLock } from './owner-lock.ts'
import { type Place, preparePlace, rememberHome } from './place.ts'
import { freePort, rememberedPort, rememberPort } from './port.ts'
import { type Server, startServer } from './server.ts'

export interface EmbeddedPostgresOptions {
  /** Made when missing. Holds the lock, the password and the port; the cluster too, unless root's folders are closed to the server's account. */
  readonly dataDir: string
  /** Default: the port of the last start, or a free one. With a port given, a taken one is the error `port_in_use`. */
  readonly port?: number
  /** The server's log, line by line. It contains statements that failed, never the password. */
  readonly onLog?: (line: string) => void
  /** Called once when the server ends although nobody stopped it. */
  readonly onUnexpectedExit?: (error: EmbeddedPostgresError) => void
  /** Default 300: each BullMQ object on Postgres opens connections of its own. */
  readonly maxConnections?: number
  /** Server settings, as in postgresql.conf. `fsync: 'off'` is for tests alone. */
  readonly settings?: Readonly<Record<string, string | number>>
}

export interface EmbeddedPostgres extends AsyncDisposable {
  readonly port: number
  /** Absolute. */
  readonly dataDir: string
  /** The superuser's URL, password included: keep it out of logs. The database defaults to `wellhead`, which exists from the start. */
  url(database?: string): string
  /** A fast shutdown: running transactions are rolled back, and it resolves when the server process is gone. */
  stop(): Promise<void>
}

/**
 * Starts a real PostgreSQL server on 127.0.0.1 and resolves when it accepts connections. A server that a killed process left on the same
 * folder is stopped first; a living one is the error `data_dir_in_use`.
 *
 * @throws {EmbeddedPostgresError}
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const place = await preparePlace(options.dataDir)
  const lock = await takeOwnerLock(place.dataDir).catch((error) => {
    throw fromFileError(error, place.dataDir)
  })
  try {
    return await startLocked(place, options, lock.release)
  } catch (error) {
    await lock.release()
    throw fromFileError(error, place.dataDir)
  }
}

async function startLocked(
  place: Place,
  options: EmbeddedPostgresOptions,
  release: () => Promise<void>,
): Promise<EmbeddedPostgres> {
  const settings = { max_connections: options.maxConnections ?? 300, timezone: 'UTC', ...options.settings }
  await stopLeftover(place)
  const password = await ensureCluster(place, options.settings?.fsync !== 'off')
  await rememberHome(place)
  const { server, port } = await startOnSomePort(place, options, settings)

  let stopping = false
  void server.ended.then(async () => {
    if (stopping) return
    await release()
    const tail = `The PostgreSQL server of ${place.dataDir} ended unexpectedly.`
    options.onUnexpectedExit?.(new EmbeddedPostgresError('server_exited', tail))
  })
  const stop = async () => {
    stopping = true
    await server.stop()
    await release()
  }
  return {
    port,
    dataDir: place.dataDir,
    url: (database = DATABASE) =>
      `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function startOnSomePort(
  place: Place,
  options: EmbeddedPostgresOptions,
  settings: Readonly<Record<string, string | number>>,
): Promise<{ server: Server; port: number }> {
  let port = options.port ?? (await rememberedPort(place.dataDir)) ?? (await freePort())
  for (let tries = 1; ; tries++) {
    const outcome = await startServer(place, port, settings, options.onLog ?? (() => {}))
    if ('server' in outcome) {
      await rememberPort(place.dataDir, port).catch(async (error) => {
        await outcome.server.stop()
        throw error
      })
      return { server: outcome.server, port }
    }
    if (outcome.failure === 'port') {
      if (options.port !== undefined || tries === 10) {
        throw new EmbeddedPostgresError('port_in_use', `The port ${port} on 127.0.0.1 is taken by another program.`)
      }
      port = await freePort()
    } else if (outcome.failure === 'old_children') {
      // The children of a killed server notice its end within moments.
      if (tries === 40) {
        throw new EmbeddedPostgresError(
          'data_dir_in_use',
          `Processes of an older server still use ${place.cluster}. Stop them and start again.`,
        )
      }
      await delay(250)
    } else throw outcome.failure
  }
}
