import { routes } from '@wellhead/client/schema'
import type { PipelinePatch } from '@wellhead/engine'
import { sent } from '../register.ts'
import { pipelineBody, pipelineSummaryBody } from '../representations/pipeline.ts'
import { attachment } from './attachment.ts'
import type { RouteContext } from './context.ts'

export function registerPipelines({ register, engine }: RouteContext): void {
  register(routes.pipelines.create, async ({ actor, body }) => ({
    status: 201,
    body: pipelineBody(await engine.pipelines.create(actor, body)),
  }))

  register(routes.pipelines.list, async ({ actor, query }) => {
    const { items, nextCursor } = await engine.pipelines.list(actor, query)
    return { status: 200, body: { items: items.map(pipelineSummaryBody), next_cursor: nextCursor } }
  })

  register(routes.pipelines.get, async ({ actor, params }) => ({
    status: 200,
    body: pipelineBody(await engine.pipelines.get(actor, params.id)),
  }))

  register(routes.pipelines.update, async ({ actor, params, body }) => {
    const patch: PipelinePatch = {
      ...(body.name === undefined ? {} : { name: body.name }),
      ...(body.nodes === undefined
        ? {}
        : {
            nodes: body.nodes.map(({ id, connection_id: connectionId, parameters }) => ({
              id,
              ...(connectionId === undefined ? {} : { connectionId }),
              ...(parameters === undefined ? {} : { parameters }),
            })),
          }),
    }
    return { status: 200, body: pipelineBody(await engine.pipelines.update(actor, params.id, patch)) }
  })

  register(routes.pipelines.delete, async ({ actor, params }) => {
    await engine.pipelines.delete(actor, params.id)
    return { status: 204 }
  })

  register(routes.pipelines.document, async ({ actor, params, reply }) => {
    const { text, mediaType, name } = await engine.pipelines.document(actor, params.id)
    reply
      .headers({
        'cache-control': 'no-store',
        'content-type': `${mediaType}; charset=utf-8`,
        'content-disposition': attachment(`${name}.${mediaType === 'application/json' ? 'json' : 'yml'}`, 'pipeline'),
      })
      // Bytes are not looked at any more: as a text it could be written anew.
      .send(Buffer.from(text))
    return sent
  })

  register(routes.pipelines.replaceDocument, async ({ actor, params, body }) => ({
    status: 200,
    body: pipelineBody(await engine.pipelines.replaceDocument(actor, params.id, body.document)),
  }))
}
