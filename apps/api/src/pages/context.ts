import type { Engine } from '@wellhead/engine'
import type { FastifyInstance } from 'fastify'
import type { LoginRooms } from '../login/login.ts'
import type { RateLimiter } from '../rate-limit.ts'
import type { OpenStreams } from '../sse.ts'

/** What a file of pages is given. */
export interface PageContext {
  readonly app: FastifyInstance
  readonly engine: Engine
  readonly rooms: LoginRooms
  readonly limiter: RateLimiter
  readonly streams: OpenStreams
  readonly publicUrl: string
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The path holds a secret: the log gets the route's pattern instead. */
    secretPath?: boolean
  }
}
