import { stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { sendPage } from './pages/answer.ts'
import { html, page } from './pages/html.ts'

/** Serves the console's files. Those in `assets` have a hash in their names and never change; the page itself is asked for each time. */
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
  const assets = join(root, 'assets', sep)
  await app.register(fastifyStatic, {
    root,
    cacheControl: false,
    dotfiles: 'ignore',
    // `name.br` and `name.gz` beside a file are what is sent of it.
    preCompressed: true,
    setHeaders: (reply, path) => {
      reply.header('cache-control', path.startsWith(assets) ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
}
