import { routes } from '@wellhead/client/schema'
import { auditEntryBody } from '../representations/records.ts'
import type { RouteContext } from './context.ts'

export function registerAudit({ register, engine }: RouteContext): void {
  register(routes.audit.list, async ({ actor, query }) => {
    const { items, nextCursor } = await engine.audit.list(actor, query)
    return { status: 200, body: { items: items.map(auditEntryBody), next_cursor: nextCursor } }
  })
}
