/**
 * What the installation signs with, such as console sessions. It is a value of its own, sealed like any other, so that it
 * stays the same when the operator's keys change.
 */
import { randomBytes } from 'node:crypto'
import type { Database } from '../db/database.ts'
import { eq, sql } from '../db/query.ts'
import { installationSecrets } from '../db/schema/index.ts'
import type { Vault } from './vault.ts'

/**
 * Made by the first process that asks, the same for all. `former` is what the installation signed with before it kept the value:
 * it goes on with that where there is somebody whose session it signed.
 */
export async function installationSecret(db: Database, vault: Vault, name: string, former: string): Promise<string> {
  const place = { workspaceId: null, table: 'installation_secrets', row: name } as const
  const find = async () => {
    const [row] = await db.select().from(installationSecrets).where(eq(installationSecrets.name, name))
    return row && vault.open<string>(place, row)
  }
  const known = await find()
  if (known !== undefined) return known
  const [somebody] = await db.execute<{ is: boolean }>(sql`select exists (select 1 from users) as is`)
  const value = somebody?.is ? former : randomBytes(32).toString('base64url')
  await db
    .insert(installationSecrets)
    .values({ name, ...(await vault.seal(place, value)) })
    .onConflictDoNothing()
  return (await find()) ?? value
}

/** The next process that starts makes another one. */
export async function forgetInstallationSecrets(db: Database): Promise<void> {
  await db.delete(installationSecrets)
}
