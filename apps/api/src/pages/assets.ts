import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { PageContext } from './context.ts'

const types = { 'pages.css': 'text/css; charset=utf-8', 'outcome.js': 'text/javascript; charset=utf-8' } as const

/** The style and the script of our pages. */
export async function registerAssets({ app }: Pick<PageContext, 'app'>): Promise<void> {
  for (const [name, type] of Object.entries(types)) {
    const content = await readFile(new URL(`./assets/${name}`, import.meta.url))
    const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 16)}"`
    app.get(`/assets/pages/${name}`, async (request, reply) => {
      reply.headers({ etag, 'cache-control': 'public, max-age=300' })
      if (request.headers['if-none-match'] === etag) return reply.code(304).send()
      return reply.type(type).send(content)
    })
  }
}
