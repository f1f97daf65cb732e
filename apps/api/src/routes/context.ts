import type { Engine } from '@wellhead/engine'
import type { LoginRooms } from '../login/login.ts'
import type { RateLimiter } from '../rate-limit.ts'
import type { Register } from '../register.ts'
import type { OpenStreams } from '../sse.ts'

/** What a file of routes is given. */
export interface RouteContext {
  readonly register: Register
  readonly engine: Engine
  readonly rooms: LoginRooms
  readonly limiter: RateLimiter
  readonly streams: OpenStreams
  readonly publicUrl: string
  readonly sandbox: boolean
  /** Milliseconds that a call waits for the worker before it answers 202. */
  readonly settleMs: number
}
