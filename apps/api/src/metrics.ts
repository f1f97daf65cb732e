import type { Engine } from '@wellhead/engine'
import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** `/metrics`: requests by route, the process, the engine's figures as they are when asked, and what it counted in this process. */
export function registerMetrics(app: FastifyInstance, engine: Engine): void {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'wellhead_http_request_duration_seconds',
    help: 'Time until the whole answer was sent.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.25, 1, 2.5, 10, 30],
    registers,
  })
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge<Label>({ name: `wellhead_${name}`, help, labelNames, registers })
  const connections = gauge('connections', 'Connections by status.', ['status'])
  const overdue = gauge('refreshes_overdue', 'Refreshes that are due and not done.')
  const oldest = gauge('refresh_oldest_overdue_seconds', 'How long the oldest of them has been due.')
  const breakers = gauge('breakers_open', 'OAuth clients whose token endpoint is not asked for now.', [
    'data_source',
    'client',
  ])
  const runs = gauge('runs', 'Runs that have not ended, by status.', ['status'])
  const unpublished = gauge('events_unpublished', 'Events that wait for their position.')
  const jobs = gauge('jobs', 'Jobs by queue and state.', ['queue', 'state'])

  app.addHook('onResponse', async (request, reply) => {
    // The pattern and never the path, whose variety has no end.
    const route = request.routeOptions.url ?? 'unknown'
    requests.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
  })

  app.get('/metrics', async (_request, reply) => {
    const [figures, tally] = await Promise.all([engine.health.figures(), engine.health.tally()])
    connections.reset()
    for (const [status, count] of Object.entries(figures.connectionsByStatus)) connections.set({ status }, count)
    overdue.set(figures.refreshesOverdue)
    oldest.set(figures.oldestOverdueSeconds)
    for (const { dataSource, client, count } of figures.breakersOpen)
      breakers.set({ data_source: dataSource, client }, count)
    for (const [status, count] of Object.entries(figures.runsUnderWay)) runs.set({ status }, count)
    unpublished.set(figures.eventsUnpublished)
    jobs.reset()
    for (const { queue, state, count } of figures.jobs) jobs.set({ queue, state }, count)
    return reply
      .type(registry.contentType)
      .header('cache-control', 'no-store')
      .send(`${await registry.metrics()}\n${tally}`)
  })
}
