/**
 * What the suite takes from inside the engine, all of it to make connections in bulk: the vault that seals them, and the
 * production time limits, which are scaled and not repeated here. Loaded by URL, as none of it is for other packages to use.
 */
const load = (file: string): Promise<unknown> =>
  import(new URL(`../../../packages/engine/src/${file}`, import.meta.url).href)

export interface Sealed {
  readonly sealed: Buffer
  readonly keyId: string
}

export interface Sealer {
  seal(
    workspaceId: string,
    connectionId: string,
    secret: { accessToken: string; refreshToken: string },
  ): Promise<Sealed>
  close(): Promise<void>
}

export async function openSealer(databaseUrl: string, encryptionKeys: string): Promise<Sealer> {
  const [database, ring, vault, credential] = (await Promise.all([
    load('db/database.ts'),
    load('vault/key-ring.ts'),
    load('vault/vault.ts'),
    load('refresh/credential.ts'),
  ])) as [
    {
      connectDatabase(url: string, options: { max: number; pooled: boolean }): { db: unknown; close(): Promise<void> }
    },
    { parseKeyRing(keys: string): unknown },
    { createVault(db: unknown, ring: unknown): unknown },
    { sealSecret(vault: unknown, workspaceId: string, connectionId: string, secret: object): Promise<Sealed> },
  ]
  const { db, close } = database.connectDatabase(databaseUrl, { max: 1, pooled: false })
  const opened = vault.createVault(db, ring.parseKeyRing(encryptionKeys))
  return { seal: (...place) => credential.sealSecret(opened, ...place), close }
}

/** Milliseconds, by their names in packages/engine/src/timings.ts. */
export async function productionTimings(): Promise<Readonly<Record<string, number>>> {
  const { defaultTimings } = (await load('timings.ts')) as { defaultTimings: Record<string, number> }
  return defaultTimings
}
