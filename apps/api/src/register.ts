/** Registers routes from the table: access, rate limits, input by the schemas of the contract, answers by its responses. */
import type { AnyRoute } from '@wellhead/client/schema'
import { inPlainWords } from '@wellhead/engine'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Caller, Callers } from './caller.ts'
import { ApiProblem, invalidRequest } from './problems.ts'
import type { RateLimiter } from './rate-limit.ts'

type Part<Route, Name extends string> = Name extends keyof Route
  ? Route[Name] extends z.ZodType
    ? z.output<Route[Name]>
    : undefined
  : undefined

export interface Call<Route extends AnyRoute> {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly params: Part<Route, 'params'>
  readonly query: Part<Route, 'query'>
  readonly body: Part<Route, 'body'>
  /** Of the member or token that asks. Not to be touched by a `public` route. */
  readonly caller: Caller
  readonly actor: Caller['actor']
}

/** What a handler resolves with when it has answered by itself: with a stream. */
export const sent = { status: 'sent' } as const

/** One of the route's answers, with the body that its schema says. */
export type Answer<Route extends AnyRoute> =
  | {
      [Status in keyof Route['responses']]: Route['responses'][Status] extends {
        schema: infer Schema extends z.ZodType
      }
        ? { readonly status: Status; readonly body: z.output<Schema> }
        : { readonly status: Status }
    }[keyof Route['responses']]
  | typeof sent

export type Register = <Route extends AnyRoute, const Result extends Answer<Route>>(
  route: Route,
  // Inferred as it stands, so that a status stays the literal that the route lists.
  handler: (call: Call<Route>) => Promise<Result>,
) => void

export function createRegister(deps: { app: FastifyInstance; callers: Callers; limiter: RateLimiter }): Register {
  return (route, handler) => {
    const streams = Object.values(route.responses).some(({ contentType }) => contentType === 'text/event-stream')
    deps.app.route({
      method: route.method,
      url: route.path.replace(/\{(\w+)\}/g, ':$1'),
      // A HEAD would open the stream and wait for its end.
      exposeHeadRoute: route.method === 'GET' && !streams,
      // Before the body is read: who may not ask may not make us parse either.
      onRequest: async (request, reply) => {
        if (route.access.kind === 'public') return
        const caller = await deps.callers.of(request, reply, route)
        await deps.limiter.check(request, reply, caller.actor)
        request.setDecorator('caller', caller)
      },
      handler: async (request, reply) => {
        const caller = request.caller as Caller
        const call = {
          request,
          reply,
          params: parse(route.params, request.params),
          query: parse(route.query, request.query),
          body: parse(route.body, route.bodyOptional ? (request.body ?? {}) : bodyOf(route, request)),
          caller,
          get actor() {
            return caller.actor
          },
        }
        const answer = await handler(call as unknown as Call<typeof route>)
        if (answer === sent) return reply
        const { status, body } = answer as { status: number; body?: unknown }
        reply.code(status).header('cache-control', 'no-store')
        return body === undefined ? reply.send() : reply.send(body)
      },
    })
  }
}

function bodyOf(route: AnyRoute, request: FastifyRequest): unknown {
  if (route.body && request.body === undefined)
    throw new ApiProblem('unsupported_media_type', 'Send a body as application/json.')
  return request.body
}

function parse(schema: z.ZodType | undefined, value: unknown): unknown {
  // Arrays in a query (a name that is repeated) are refused by the schema, as it asks for a text.
  if (!schema) return undefined
  const parsed = schema.safeParse(value, inPlainWords)
  if (!parsed.success) throw invalidRequest(parsed.error)
  return parsed.data
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null
  }
}
