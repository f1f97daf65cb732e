/** Callers of `POST /v1/connections/{id}/credentials`, who keep a record of every answer. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Deployment } from './deployment.ts'

export interface Read {
  readonly connectionId: string
  /** Milliseconds since the epoch. */
  readonly askedAt: number
  readonly answeredAt: number
  /** The answer was made no earlier than this: by its Date header, which has whole seconds. */
  readonly madeAfter: number
  /** 0: no answer came. */
  readonly status: number
  readonly code: string | undefined
  readonly token: string | undefined
  readonly generation: number | undefined
}

export type Reads = ReturnType<typeof createReads>

export function createReads(deployment: Deployment) {
  const all: Read[] = []
  const running = new Set<{ stop(): Promise<void> }>()
  let turn = 0

  async function read(connectionId: string, wanted: { minTtlSeconds?: number } = {}): Promise<Read> {
    const url = deployment.apiUrls[turn++ % deployment.apiUrls.length]
    const askedAt = Date.now()
    const base = { connectionId, askedAt }
    let one: Read
    try {
      const answer = await fetch(`${url}/v1/connections/${connectionId}/credentials`, {
        method: 'POST',
        headers: { authorization: `Bearer ${deployment.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(wanted.minTtlSeconds === undefined ? {} : { min_ttl_seconds: wanted.minTtlSeconds }),
      })
      const date = Date.parse(answer.headers.get('date') ?? '')
      const body = (await answer.json()) as { access_token?: string; generation?: number; code?: string }
      one = {
        ...base,
        answeredAt: Date.now(),
        madeAfter: Math.max(askedAt, Number.isNaN(date) ? 0 : date),
        status: answer.status,
        code: body.code,
        token: body.access_token,
        generation: body.generation,
      }
    } catch (error) {
      const code = (error as { cause?: { code?: string } }).cause?.code
      const nothing = { token: undefined, generation: undefined }
      one = { ...base, answeredAt: Date.now(), madeAfter: askedAt, status: 0, code, ...nothing }
    }
    all.push(one)
    return one
  }

  return {
    all,
    read,
    /** One read of each, at once. */
    burst: (ids: readonly string[]) => Promise.all(ids.map((id) => read(id))),
    /** So many callers, each of which reads one connection after the other, with a pause between. */
    start(ids: readonly string[], options: { callers: number; pauseMs: number }): { stop(): Promise<void> } {
      const stopping = new AbortController()
      let next = 0
      const caller = async (number: number) => {
        await delay((options.pauseMs * number) / options.callers)
        while (!stopping.signal.aborted) {
          await read(ids[next++ % ids.length] as string)
          await delay(options.pauseMs * (0.5 + Math.random()), undefined, { signal: stopping.signal }).catch(() => {})
        }
      }
      const callers = Array.from({ length: options.callers }, (_, number) => caller(number))
      const started = {
        async stop() {
          running.delete(started)
          stopping.abort()
          await Promise.all(callers)
        },
      }
      running.add(started)
      return started
    },
    stopAll: async () => void (await Promise.all([...running].map((one) => one.stop()))),
  }
}
