import { routes } from '@wellhead/client/schema'
import { healthBody } from '../representations/health.ts'
import type { RouteContext } from './context.ts'

export function registerHealth({ register, engine }: RouteContext): void {
  register(routes.health.get, async ({ actor }) => ({ status: 200, body: healthBody(await engine.health.of(actor)) }))

  register(routes.health.alive, async () => ({ status: 200, body: { status: 'ok' } }))

  register(routes.health.ready, async () => {
    const { database, queue } = await engine.health.ready()
    const ready = database && queue
    return { status: ready ? 200 : 503, body: { ready, database, queue } }
  })
}
