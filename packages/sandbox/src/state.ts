import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** What a sandbox keeps over restarts, so that connected accounts survive. */
export interface SavedState {
  readonly version: 1
  /** Milliseconds between the sandbox's clock and real time. */
  readonly clockOffset: number
  readonly providers: Readonly<Record<string, unknown>>
}

export interface StateFile {
  load(): SavedState | undefined
  /** Writes soon; several changes share one write. */
  changed(): void
  /** Resolves when every change made before the call is on disk. */
  durable(): Promise<void>
  close(): Promise<void>
}

const debounceMs = 100

/** The state file, or one that keeps nothing when no path is given. It holds tokens: mode 0600, replaced atomically. */
export function createStateFile(path: string | undefined, collect: () => SavedState): StateFile {
  if (path === undefined) return { load: () => undefined, changed() {}, async durable() {}, async close() {} }
  let dirty = false
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const write = () => {
    clearTimeout(timer)
    timer = undefined
    writing = writing
      .catch(() => {})
      .then(async () => {
        if (!dirty) return
        dirty = false
        try {
          await replace(path, JSON.stringify(collect()))
        } catch (error) {
          dirty = true
          throw error
        }
      })
    return writing
  }
  return {
    load() {
      if (!existsSync(path)) return undefined
      try {
        const saved = JSON.parse(readFileSync(path, 'utf8')) as SavedState
        if (saved.version !== 1 || typeof saved.clockOffset !== 'number' || typeof saved.providers !== 'object')
          throw new Error()
        return saved
      } catch {
        throw new Error(
          `The sandbox cannot read its state file ${path}. Remove the file to start with a fresh sandbox.`,
        )
      }
    },
    changed() {
      dirty = true
      // Nobody waits for this write; the next one, or close, reports a disk that refuses.
      timer ??= setTimeout(() => write().catch(() => {}), debounceMs).unref()
    },
    durable: () => write(),
    close: () => write(),
  }
}

async function replace(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
