/** The load, as a process: how many answers a second, and how long they took. */
import { Pool } from 'undici'

export interface Load {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  /** Asked in turn. */
  readonly paths: readonly string[]
  readonly body?: string
  readonly callers: number
  readonly ms: number
}

export interface Loaded {
  readonly perSecond: number
  /** Milliseconds of each answer. */
  readonly took: readonly number[]
}

let next = 0

async function load({ url, method, headers, paths, body, callers, ms }: Load): Promise<Loaded> {
  const pool = new Pool(url, { connections: callers, pipelining: 1 })
  const took: number[] = []
  const began = performance.now()
  const caller = async () => {
    while (performance.now() - began < ms) {
      const sent = performance.now()
      const path = paths[next++ % paths.length] as string
      const answer = await pool.request({ path, method, headers, body: body ?? null })
      const text = await answer.body.text()
      if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} ${text}`)
      took.push(performance.now() - sent)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  const seconds = (performance.now() - began) / 1000
  await pool.close()
  return { perSecond: took.length / seconds, took }
}

process.on('message', async (wanted: Load) => process.send?.(await load(wanted)))
