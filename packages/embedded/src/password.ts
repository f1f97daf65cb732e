import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The superuser's password, or undefined when none was written yet. */
export async function readPassword(dataDir: string): Promise<string | undefined> {
  const content = await readFile(join(dataDir, 'password'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return content.trim() || undefined
}

/** A random password, readable by the owner of the data folder alone. */
export async function makePassword(dataDir: string): Promise<string> {
  const file = join(dataDir, 'password')
  const password = randomBytes(24).toString('base64url')
  // Written aside and renamed: a kill in between must not leave half a password.
  await writeFile(`${file}.new`, `${password}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return password
}
