import type { Clients } from '../oauth/clients.ts'
import type { Grants } from '../oauth/grants.ts'
import type { House } from '../provider.ts'
import type { createAccess } from './access.ts'
import type { Account } from './accounts.ts'
import type { HashOf } from './content-hash.ts'
import type { DropboxSettings } from './settings.ts'

/** What the routes are made of. */
export interface DropboxParts {
  readonly house: House
  readonly clients: Clients
  readonly grants: Grants
  readonly accounts: () => readonly Account[]
  readonly access: ReturnType<typeof createAccess>
  readonly settings: () => DropboxSettings
  readonly hash: HashOf
}
