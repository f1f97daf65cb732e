import type { DataSourceContext, Logger } from '@wellhead/datasource-node'
import { createContext, type Egress, type Registry } from '@wellhead/plugin-host'
import type { Database } from '../db/database.ts'
import { EngineError } from '../errors.ts'
import { type Access, createCredentialPort } from '../refresh/access.ts'
import type { Refresher } from '../refresh/refresh.ts'
import type { Timings } from '../timings.ts'
import type { Vault } from '../vault/vault.ts'
import type { ConnectionRow } from './transitions.ts'

export interface Contexts {
  /** The context that a data source works in for one connection. */
  of(connection: ConnectionRow, signal: AbortSignal): DataSourceContext
}

export function createContexts(deps: {
  db: Database
  vault: Vault
  registry: Registry
  refresher: Refresher
  access: Pick<Access, 'markRejected'>
  egress: Egress
  timings: Timings
  log: Logger
}): Contexts {
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
        credential: createCredentialPort(deps, connection.id, connection.method),
        egress: deps.egress,
        signal,
        log: deps.log,
      })
    },
  }
}
