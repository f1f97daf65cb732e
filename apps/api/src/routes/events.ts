import { routes } from '@wellhead/client/schema'
import type { FastifyRequest } from 'fastify'
import { ApiProblem } from '../problems.ts'
import { eventBody } from '../representations/records.ts'
import type { RouteContext } from './context.ts'

export function registerEvents({ register, engine, streams }: RouteContext): void {
  register(routes.events.subscribe, async ({ actor, query, request, reply, caller }) => {
    const after = afterOf(request, query)
    return streams.send(
      reply,
      async function* (signal) {
        const options = { signal, ...(after === undefined ? {} : { after }) }
        for await (const event of engine.events.subscribe(actor, options))
          yield { id: event.position, event: event.type, data: eventBody(event) }
      },
      caller,
    )
  })
}

/**
 * Where a reader goes on. `Last-Event-ID` goes first: a browser that connects again sends it with the first URL.
 *
 * @throws ApiProblem `invalid_request`
 */
export function afterOf(request: FastifyRequest, query: { after?: number }): number | undefined {
  const header = request.headers['last-event-id']
  if (header === undefined || header === '') return query.after
  if (typeof header !== 'string' || !/^\d{1,15}$/.test(header)) {
    const message = 'It is the number of an event.'
    throw new ApiProblem('invalid_request', `Last-Event-ID: ${message}`, {
      errors: [{ path: 'Last-Event-ID', message }],
    })
  }
  return Number(header)
}
