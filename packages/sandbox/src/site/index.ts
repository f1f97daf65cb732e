import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { House, Provider } from '../provider.ts'
import { addArchiveSitemaps, archivePages } from './archive.ts'
import { renderPage, type SitePage } from './page.ts'
import { sitemapPaths, sitePages, siteRedirects } from './pages.ts'
import { changeRobots, defaultRobots, robotsText } from './robots.ts'

const root = '/site/'

/** The bytes of an empty ZIP archive: the end-of-central-directory record alone. */
const emptyZip = Buffer.from('504b0506000000000000000000000000000000000000', 'hex')

/**
 * The small web site that crawling data sources read: the manual of an invented product, with the awkward things real sites have (pages.ts).
 * robots.txt lies at the root of the origin, since that is the only place where crawlers look (RFC 9309 section 2.3). Below `archive/` is a
 * larger part that nothing links to: robots.txt names its sitemaps when the settings say so.
 */
export function createSite(house: House): Provider {
  let pages: ReadonlyMap<string, SitePage> | undefined
  let robots = defaultRobots()
  const page = (path: string) => {
    pages ??= new Map([...sitePages(house.origin()), ...archivePages()].map((one) => [one.path, one]))
    return pages.get(path)
  }
  const html = (reply: FastifyReply, status: number, text: string) =>
    reply.code(status).type('text/html; charset=utf-8').send(text)
  const notFound: SitePage = { path: '', title: 'Not found', body: '<h1>Not found</h1><p>No such page.</p>' }

  return {
    id: 'site',
    name: 'The sample site',
    endpoints: () => ({}),
    control(input) {
      changeRobots(robots, input)
      return structuredClone(robots)
    },
    reset() {
      robots = defaultRobots()
    },
    rootRoutes(app: FastifyInstance) {
      // Relative links of the front page need its slash.
      app.get('/site', (_request, reply) => reply.redirect(root, 301))
      app.get('/robots.txt', (_request, reply) =>
        reply
          .code(robots.status)
          .type('text/plain; charset=utf-8')
          .send(robotsText(robots, root, house.siteUrl())),
      )
    },
    routes(app: FastifyInstance) {
      app.get('/sitemap.xml', (_request, reply) =>
        reply.type('application/xml; charset=utf-8').send(
          `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
${sitemapPaths.map((path) => `  <url><loc>${house.siteUrl()}${path}</loc></url>`).join('\n')}
</urlset>
`,
        ),
      )
      addArchiveSitemaps(app, () => house.siteUrl())
      app.get('/downloads/quick-card.txt', (_request, reply) =>
        reply
          .type('text/plain; charset=utf-8')
          .send('TIDEWREN QUICK CARD (sample)\nGreen: fine. Red: dry. No light: no power.\n'),
      )
      app.get('/downloads/sample-readings.zip', (_request, reply) => reply.type('application/zip').send(emptyZip))
      app.get<{ Params: { '*'?: string } }>('/*', async (request, reply) => {
        const path = request.params['*'] ?? ''
        const moved = siteRedirects[path]
        if (moved !== undefined) return reply.redirect(root + moved, 301)
        const found = page(path)
        if (!found) return html(reply, 404, renderPage(notFound, root))
        if (found.delayMs !== undefined) await sleep(found.delayMs)
        return html(reply, found.status ?? 200, renderPage(found, root))
      })
    },
  }
}
