/** What the files of this room share. */
import type { Registry } from '@wellhead/plugin-host'
import type { Audit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import type { Signals } from '../db/signals.ts'
import type { JobName, JobPayload } from '../jobs/catalog.ts'
import type { Access } from '../refresh/access.ts'
import type { Timings } from '../timings.ts'
import type { Vault } from '../vault/vault.ts'
import type { Finder } from './find.ts'
import type { Views } from './views.ts'

export interface ConnectionsDeps {
  readonly db: Database
  readonly signals: Signals
  readonly vault: Vault
  readonly audit: Audit
  readonly registry: Registry
  readonly access: Access
  readonly timings: Timings
  /** Hands work to the queue; the row is the truth, so it never throws. */
  offer<Name extends JobName>(name: Name, payload: JobPayload<Name>): Promise<void>
}

export interface ConnectionParts extends ConnectionsDeps {
  readonly find: Finder
  readonly show: Views
}
