import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** Opaque strings that only their maker can read: page tokens, delta tokens, pre-authenticated URLs. A restart makes the old ones worthless. */
export interface Seals {
  seal(value: unknown): string
  /** Undefined for what was not sealed here. */
  open(text: string): unknown
}

export function createSeals(): Seals {
  const key = randomBytes(32)
  const markOf = (body: string) => createHmac('sha256', key).update(body).digest('base64url').slice(0, 22)
  return {
    seal(value) {
      const body = Buffer.from(JSON.stringify(value)).toString('base64url')
      return `${body}.${markOf(body)}`
    },
    open(text) {
      const [body = '', mark = ''] = text.split('.')
      const [given, own] = [Buffer.from(mark), Buffer.from(markOf(body))]
      if (given.length !== own.length || !timingSafeEqual(given, own)) return undefined
      return JSON.parse(Buffer.from(body, 'base64url').toString())
    },
  }
}
