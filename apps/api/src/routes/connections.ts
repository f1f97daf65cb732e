import { routes } from '@wellhead/client/schema'
import { type Actor, type ConnectionPatch, firstValidation, type Ticket } from '@wellhead/engine'
import { ApiProblem } from '../problems.ts'
import { connectionBody, connectionOutcomeBody, credentialsBody } from '../representations/connection.ts'
import { historyEntryBody } from '../representations/records.ts'
import type { RouteContext } from './context.ts'

export function registerConnections({ register, engine, settleMs }: RouteContext): void {
  async function outcomeOf(actor: Actor, ticket: Ticket) {
    const { done, value } = await engine.connections.settled(actor, ticket.connectionId, ticket, settleMs)
    return { status: done ? (200 as const) : (202 as const), body: connectionOutcomeBody(value, done) }
  }

  register(routes.connections.create, async ({ actor, body }) => {
    const created = await engine.connections.create(actor, {
      dataSource: body.data_source,
      apiKey: body.api_key,
      ...(body.name === undefined ? {} : { name: body.name }),
      ...(body.settings === undefined ? {} : { settings: body.settings }),
    })
    const ticket = firstValidation(created.id)
    const { done, value } = await engine.connections.settled(actor, created.id, ticket, settleMs)
    if (done && value.status === 'invalid') {
      // The caller has the key in hand and can correct it; a list of dead entries helps nobody.
      await engine.connections.delete(actor, created.id)
      throw new ApiProblem('credential_invalid', value.lastError?.message ?? 'The provider refused this API key.', {
        ...(value.lastError ? { details: { reason: value.lastError.code } } : {}),
      })
    }
    return { status: done ? 201 : 202, body: connectionOutcomeBody(value, done) }
  })

  register(routes.connections.list, async ({ actor, query }) => {
    const { data_source: dataSource, ...page } = query
    const { items, nextCursor } = await engine.connections.list(actor, {
      ...page,
      ...(dataSource === undefined ? {} : { dataSource }),
    })
    return { status: 200, body: { items: items.map(connectionBody), next_cursor: nextCursor } }
  })

  register(routes.connections.get, async ({ actor, params }) => ({
    status: 200,
    body: connectionBody(await engine.connections.get(actor, params.id)),
  }))

  register(routes.connections.history, async ({ actor, params, query }) => {
    const { items, nextCursor } = await engine.connections.history(actor, params.id, query)
    return { status: 200, body: { items: items.map(historyEntryBody), next_cursor: nextCursor } }
  })

  register(routes.connections.update, async ({ actor, params, body }) => {
    const patch: ConnectionPatch = {
      ...(body.name === undefined ? {} : { name: body.name }),
      ...(body.default === undefined ? {} : { isDefault: body.default }),
      ...(body.visibility === undefined ? {} : { visibility: body.visibility }),
      ...(body.member_ids === undefined ? {} : { memberIds: body.member_ids }),
      ...(body.api_key === undefined ? {} : { apiKey: body.api_key }),
      ...(body.settings === undefined ? {} : { settings: body.settings }),
    }
    const updated = await engine.connections.update(actor, params.id, patch)
    if (patch.apiKey === undefined && patch.settings === undefined)
      return { status: 200, body: connectionOutcomeBody(updated, true) }
    return outcomeOf(actor, await engine.connections.validate(actor, params.id))
  })

  register(routes.connections.delete, async ({ actor, params }) => {
    await engine.connections.delete(actor, params.id)
    return { status: 204 }
  })

  register(routes.connections.validate, async ({ actor, params }) =>
    outcomeOf(actor, await engine.connections.validate(actor, params.id)),
  )

  register(routes.connections.refresh, async ({ actor, params, body }) =>
    outcomeOf(
      actor,
      await engine.connections.refresh(
        actor,
        params.id,
        body.accept_risk === undefined ? {} : { acceptRisk: body.accept_risk },
      ),
    ),
  )

  register(routes.connections.credentials, async ({ actor, params, body }) => ({
    status: 200,
    body: credentialsBody(
      await engine.connections.accessToken(actor, params.id, {
        ...(body.min_ttl_seconds === undefined ? {} : { minTtlSeconds: body.min_ttl_seconds }),
        ...(body.rejected_generation === undefined ? {} : { rejectedGeneration: body.rejected_generation }),
      }),
    ),
  }))
}
