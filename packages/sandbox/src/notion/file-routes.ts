import type { FastifyInstance } from 'fastify'
import type { Clock } from '../clock.ts'

/** A grey pixel. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mM8c+Y/AAVeAp9iX0aGAAAAAElFTkSuQmCC',
  'base64',
)
const files: Readonly<Record<string, readonly [type: string, body: Buffer]>> = {
  'diagram.png': ['image/png', png],
  'oven.png': ['image/png', png],
  'note.mp3': ['audio/mpeg', Buffer.alloc(0)],
  'recipe.txt': ['text/plain; charset=utf-8', Buffer.from('Flour, water, salt, time.\n')],
}

/** Files that Notion hosts: no credential, but an address that dies after an hour. */
export function addFileRoutes(app: FastifyInstance, clock: Clock): void {
  app.get<{ Params: { name: string }; Querystring: { expires?: string } }>('/files/:name', (request, reply) => {
    const file = files[request.params.name]
    const expires = Date.parse(String(request.query.expires))
    if (!file || !(clock.now() < expires))
      return reply
        .code(403)
        .type('application/xml')
        .send(
          '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>',
        )
    return reply.type(file[0]).send(file[1])
  })
}
