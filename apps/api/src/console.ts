import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { sendPage } from './pages/answer.ts'
import { html, page } from './pages/html.ts'

/** Serves the console's files. Names with a hash in them never change; the page itself is asked for each time. */
export async function registerConsole(app: FastifyInstance, folder: string | undefined): Promise<void> {
  if (folder === undefined) {
    app.get('/', async (_request, reply) =>
      sendPage(
        reply,
        page({
          title: 'The API is running',
          body: html`<p>No console is served here. The API is described in <a href="/openapi.json">openapi.json</a>.</p>`,
        }),
      ),
    )
    return
  }
  const root = resolve(folder)
  await stat(root)
  await app.register(fastifyStatic, {
    root,
    cacheControl: false,
    setHeaders: (reply, path) => {
      // As bundlers write them: a hash has digits in it, and a word of a name does not.
      const hashed = /[-.](?=[\w]*\d)[\w]{8,}\.(js|css|woff2|svg|png)$/.test(path)
      reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
}
