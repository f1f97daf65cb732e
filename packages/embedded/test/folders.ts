import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that everybody may enter; removed with all that was kept for it elsewhere. */
export async function openFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await closedFolderPath()
  await chmod(path, 0o755)
  return { path, [Symbol.asyncDispose]: () => remove(path) }
}

/** A folder that only its owner may enter. */
export async function closedFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await closedFolderPath()
  return { path, [Symbol.asyncDispose]: () => remove(path) }
}

async function closedFolderPath(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'embedded-'))
}

async function remove(path: string): Promise<void> {
  const home = await readFile(join(path, 'data', 'location'), 'utf8').catch(() => undefined)
  if (home) await rm(home.trim(), { recursive: true, force: true })
  await rm(path, { recursive: true, force: true })
}
