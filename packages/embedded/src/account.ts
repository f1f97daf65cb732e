import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { EmbeddedPostgresError } from './errors.ts'

const run = promisify(execFile)

/** The account the server runs as. PostgreSQL refuses to run as root. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

export function startedAsRoot(): boolean {
  return process.getuid?.() === 0
}

/** The account `postgres`, made when it is missing. initdb looks the name up, so a bare user id would not do. */
export async function postgresAccount(): Promise<Account> {
  const found = await lookUp()
  if (found) return found
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'])
  } catch {
    // Alpine and other BusyBox systems.
    await run('adduser', ['-S', '-D', '-H', 'postgres']).catch(() => {})
  }
  const made = await lookUp()
  if (made) return made
  throw new EmbeddedPostgresError(
    'no_account',
    'PostgreSQL refuses to run as root, and no account named "postgres" could be made for it. Add one (useradd --system postgres), or start as an ordinary user.',
  )
}

async function lookUp(): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])])
    return { uid: Number.parseInt(uid.stdout, 10), gid: Number.parseInt(gid.stdout, 10) }
  } catch {
    return undefined
  }
}

/** Whether the account may enter this folder and every folder above it, by their permission bits. */
export async function mayEnter(account: Account, folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    const { mode, uid, gid } = await stat(at)
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001
    if ((mode & bit) === 0) return false
    if (dirname(at) === at) return true
  }
}
