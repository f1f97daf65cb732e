/** Requests a minute: by API token or session, and by workspace; and by address for whoever is not signed in yet. */
import rateLimit from '@fastify/rate-limit'
import type { Actor } from '@wellhead/engine'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { RateLimits } from './options.ts'
import { ApiProblem } from './problems.ts'

export interface RateLimiter {
  /** @throws ApiProblem `rate_limited` */
  check(request: FastifyRequest, reply: FastifyReply, actor: Actor): Promise<void>
  /** For sign-in, join, one-time links and passwords. @throws ApiProblem `rate_limited` */
  checkSignIn(request: FastifyRequest): Promise<void>
}

export async function createRateLimiter(app: FastifyInstance, limits: RateLimits): Promise<RateLimiter> {
  await app.register(rateLimit, { global: false })
  const keys = new WeakMap<FastifyRequest, Actor>()
  const of = (request: FastifyRequest): Actor => keys.get(request) as Actor
  const timeWindow = 60_000
  const perCaller = app.createRateLimit({
    max: limits.perCaller,
    timeWindow,
    keyGenerator: (request) => `caller:${of(request).token?.id ?? of(request).userId}`,
  })
  const perWorkspace = app.createRateLimit({
    max: limits.perWorkspace,
    timeWindow,
    keyGenerator: (request) => `workspace:${of(request).workspaceId}`,
  })
  const perAddress = app.createRateLimit({ max: limits.signIn, timeWindow, keyGenerator: (request) => request.ip })

  const refuseWhenOver = (outcome: Awaited<ReturnType<typeof perCaller>>): void => {
    if (outcome.isAllowed || !outcome.isExceeded) return
    throw new ApiProblem(
      'rate_limited',
      `At most ${outcome.max} requests a minute. Wait ${outcome.ttlInSeconds} seconds.`,
      {
        retryAfterSeconds: outcome.ttlInSeconds,
      },
    )
  }

  return {
    async check(request, reply, actor) {
      keys.set(request, actor)
      const outcome = await perCaller(request)
      if (!outcome.isAllowed)
        reply.headers({
          'x-ratelimit-limit': outcome.max,
          'x-ratelimit-remaining': outcome.remaining,
          'x-ratelimit-reset': outcome.ttlInSeconds,
        })
      refuseWhenOver(outcome)
      refuseWhenOver(await perWorkspace(request))
    },
    async checkSignIn(request) {
      refuseWhenOver(await perAddress(request))
    },
  }
}
