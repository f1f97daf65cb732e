/** A span for each request that asks something of the engine, as a part of the caller's trace when it names one. */
import { type Context, context, SpanKind } from '@opentelemetry/api'
import { contextOf, isTraced, openSpan } from '@wellhead/engine'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Probes, metrics and the page's files are asked for all the time, and say nothing about the work. */
const traced = /^\/(v1|connect|oauth)\//

export function registerTracing(app: FastifyInstance): void {
  const contexts = new WeakMap<FastifyRequest, Context>()

  app.addHook('onRequest', (request, reply, done) => {
    // The pattern and never the path or the query: those of an OAuth callback hold a code.
    const route = request.routeOptions.url
    if (route === undefined || !traced.test(route)) return done()
    const { traceparent } = request.headers
    // Nobody takes the span, and nobody's trace is to be passed on.
    if (traceparent === undefined && !isTraced()) return done()
    const span = openSpan(`${request.method} ${route}`, {
      kind: SpanKind.SERVER,
      facts: { method: request.method, route },
      parent: contextOf(typeof traceparent === 'string' ? traceparent : undefined),
    })
    contexts.set(request, span.context)
    // Also when the caller leaves in the middle of a stream.
    reply.raw.once('close', () => {
      const { statusCode: status } = reply
      span.tell({ status })
      span.end(status >= 500 ? { code: String(status) } : undefined)
    })
    done()
  })

  // Right before the handler: reading the body loses what is set earlier.
  app.addHook('preHandler', (request, _reply, done) => {
    const own = contexts.get(request)
    if (own) context.with(own, done)
    else done()
  })
}
