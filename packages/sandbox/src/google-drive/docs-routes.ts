import type { FastifyInstance } from 'fastify'
import type { Access } from './access.ts'
import { paramsOf } from './api-routes.ts'
import { exportByLink } from './exports.ts'

/** The host of `exportLinks`: exports of any size, with the same Bearer token. */
export function addDocsRoutes(app: FastifyInstance, access: Access): void {
  app.get('/feeds/download/:kind/export/Export', (request, reply) => {
    const { tree } = access.of(request, 'content')
    const { id = '', exportFormat = '' } = paramsOf(request)
    const item = tree.get(id)
    const exported = item && item.oddity !== 'not_downloadable' ? exportByLink(item, exportFormat) : undefined
    if (!exported)
      return reply
        .code(404)
        .header('content-type', 'text/html; charset=utf-8')
        .send('<!DOCTYPE html><title>Page not found</title><p>Sorry, the file you have requested does not exist.')
    return reply.header('content-type', exported.mimeType).send(exported.body)
  })
}
