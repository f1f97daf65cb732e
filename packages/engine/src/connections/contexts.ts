import { isDeepStrictEqual } from 'node:util'
import { type DataSourceContext, DataSourceError, type Logger } from '@wellhead/datasource-node'
import { type CredentialPort, createContext, type Egress, paceOf, type Registry } from '@wellhead/plugin-host'
import type { Database } from '../db/database.ts'
import { eq } from '../db/query.ts'
import { connections } from '../db/schema/index.ts'
import type { Signals } from '../db/signals.ts'
import { EngineError } from '../errors.ts'
import { type Access, createCredentialPort } from '../refresh/access.ts'
import type { Refresher } from '../refresh/refresh.ts'
import { observedEgress } from '../telemetry/observed-egress.ts'
import type { Tally } from '../telemetry/tally.ts'
import type { Timings } from '../timings.ts'
import type { Vault } from '../vault/vault.ts'
import { createPaces } from './pace.ts'
import type { ConnectionRow } from './transitions.ts'

export interface Contexts {
  /** The context that a data source works in for one connection. */
  of(connection: ConnectionRow, signal: AbortSignal): DataSourceContext
}

export function createContexts(deps: {
  db: Database
  signals: Signals
  vault: Vault
  registry: Registry
  refresher: Refresher
  access: Pick<Access, 'markRejected'>
  egress: Egress
  tally: Tally
  timings: Timings
  log: Logger
}): Contexts {
  const paces = createPaces(deps)
  return {
    of(connection, signal) {
      const hosted = deps.registry.get(connection.dataSource)
      const auth = hosted?.source.auth.find((spec) => spec.method === connection.method)
      if (!hosted || !auth)
        throw new EngineError('data_source_not_found', `The data source ${connection.dataSource} is not installed.`)
      return createContext({
        hosted,
        auth,
        settings: connection.settings,
        tokenInfo: connection.tokenInfo,
        credential: pinned(deps.db, connection, createCredentialPort(deps, connection.id, connection.method)),
        egress: observedEgress(deps.egress, connection.dataSource, deps.tally),
        pacer: paces.of(connection.id, paceOf(hosted, connection.settings)),
        signal,
        log: deps.log,
      })
    },
  }
}

/**
 * Keeps an API key from a place that it was not given for: a call under way works with the settings it began with, so a key
 * that came later together with another base URL is not for it. An OAuth token cannot be moved by a setting.
 */
function pinned(db: Database, connection: ConnectionRow, port: CredentialPort): CredentialPort {
  if (connection.method !== 'api_key') return port
  let checked: number | undefined
  return {
    async current() {
      const live = await port.current()
      if (live.generation === checked) return live
      // Read after the key: settings that are still the same were the same when this key was stored.
      const [row] = await db
        .select({ settings: connections.settings })
        .from(connections)
        .where(eq(connections.id, connection.id))
      if (!row || !isDeepStrictEqual(row.settings, connection.settings))
        throw new DataSourceError('cancelled', 'The settings of this connection were changed meanwhile.')
      checked = live.generation
      return live
    },
  }
}
