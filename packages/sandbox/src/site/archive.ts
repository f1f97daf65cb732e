import { gzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import type { SitePage } from './page.ts'

const years = [2023, 2024, 2025] as const
const months = Array.from({ length: 12 }, (_, at) => String(at + 1).padStart(2, '0'))

/** Notes of invented tides: a page per month, a page per year, and one above them. Big enough for a crawl that is broken off. */
export const archivePages = (): readonly SitePage[] => [
  {
    path: 'archive/',
    title: 'Archive',
    description: ['Monthly notes of three invented years.'],
    body: `<h1>Archive</h1><ul>${years.map((year) => `<li><a href="${year}/">${year}</a></li>`).join('')}</ul>`,
  },
  ...years.flatMap((year) => [
    {
      path: `archive/${year}/`,
      title: `Archive: ${year}`,
      body: `<h1>${year}</h1><ul>${months.map((month) => `<li><a href="${month}">${year}-${month}</a></li>`).join('')}</ul>`,
    },
    ...months.map((month) => ({
      path: `archive/${year}/${month}`,
      title: `Archive: ${year}-${month}`,
      body: `<h1>${year}-${month}</h1><p>Sample note: the gauge stood at ${(year * Number(month)) % 400} cm at noon on the first.</p>`,
    })),
  ]),
]

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
const space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
const index = (urls: readonly string[]) =>
  `${declaration}<sitemapindex ${space}>\n${urls.map((url) => `  <sitemap><loc>${url}</loc></sitemap>`).join('\n')}\n</sitemapindex>\n`
const urlset = (urls: readonly string[]) =>
  `${declaration}<urlset ${space} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">\n${urls
    .map((url) => `  <url><loc>${url}</loc><image:image><image:loc>${url}.png</image:loc></image:image></url>`)
    .join('\n')}\n</urlset>\n`

/**
 * An index that leads to a plain sitemap (2023), one that is packed (2024) and a second index, which leads to the third (2025) and to one that is
 * not there. The third names a page of another site too.
 */
export function addArchiveSitemaps(app: FastifyInstance, siteUrl: () => string): void {
  const below = (path: string) => `${siteUrl()}archive/${path}`
  const pagesOf = (year: number) => [below(`${year}/`), ...months.map((month) => below(`${year}/${month}`))]
  const xml = (path: string, text: () => string) =>
    app.get(`/archive/${path}`, (_request, reply) => reply.type('application/xml; charset=utf-8').send(text()))

  xml('sitemap-index.xml', () =>
    index(['sitemap-2023.xml', 'sitemap-2024.xml.gz', 'sitemap-index-2.xml'].map((name) => below(name))),
  )
  xml('sitemap-index-2.xml', () => index(['sitemap-2025.xml', 'sitemap-lost.xml'].map((name) => below(name))))
  xml('sitemap-2023.xml', () => urlset(pagesOf(2023)))
  // Packed as a file, and not as the encoding of the answer.
  app.get('/archive/sitemap-2024.xml.gz', (_request, reply) =>
    reply.type('application/gzip').send(gzipSync(urlset(pagesOf(2024)))),
  )
  xml('sitemap-2025.xml', () => urlset([...pagesOf(2025), 'https://example.com/elsewhere']))
}
