import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { CrawlEvent } from '@wellhead/datasource-node'
import { describe, expect, it } from 'vitest'
import { jinaReader } from '../src/index.ts'
import { readEntries } from '../src/sitemap-entries.ts'
import { connect, follow, only } from './connect.ts'
import { type Answer, sitemap, sitemapIndex, startServer, startWorld } from './scripted-world.ts'

type World = Awaited<ReturnType<typeof startWorld>>

const crawl = (world: World, more: Record<string, unknown> = {}, options: Parameters<typeof connect>[1] = {}) =>
  jinaReader.crawl(connect(world.reader.origin, options), {
    parameters: { url: `${world.site.origin}/`, limit: 50, ...more },
  })
const paths = (world: World, events: readonly CrawlEvent[]) =>
  only(events, 'page').map(({ url }) => url.replace(world.site.origin, ''))
const failures = (world: World, events: readonly CrawlEvent[]) =>
  Object.fromEntries(only(events, 'page_failed').map(({ url, reason }) => [url.replace(world.site.origin, ''), reason]))
const robots = (...lines: string[]): Answer => ({ body: `${lines.join('\n')}\n` })
const forbidden = 'The robots.txt of the site does not allow it.'

describe('robots.txt', () => {
  it('is asked of the site without the key, by our name', async () => {
    await using world = await startWorld({ pages: { '/': {} } })
    await follow(crawl(world))
    const [first] = world.site.asked
    expect(first).toMatchObject({ method: 'GET', path: '/robots.txt', headers: { 'user-agent': 'Wellhead' } })
    for (const { headers, path } of world.site.asked)
      expect(JSON.stringify(headers) + path).not.toMatch(/jina_good|authorization/)
  })

  it('keeps pages away, which are told once', async () => {
    await using world = await startWorld({
      files: {
        '/robots.txt': robots('User-agent: *', 'Disallow: /private/', 'Allow: /private/open', 'Disallow: /*.pdf$'),
      },
      pages: {
        '/': { links: ['/private/a', '/private/open', '/b.pdf', '/b.pdf?x'] },
        '/private/open': { links: ['/private/a'] },
        '/b.pdf?x': {},
      },
    })
    const { events, error } = await follow(crawl(world))
    expect(error).toBeUndefined()
    expect(paths(world, events)).toEqual(['/', '/private/open', '/b.pdf?x'])
    expect(failures(world, events)).toEqual({ '/private/a': forbidden, '/b.pdf': forbidden })
    expect(only(events, 'page_failed')).toHaveLength(2)
  })

  it('is told of as many pages as may be read: a site may have any number of forbidden ones', async () => {
    await using world = await startWorld({
      files: { '/robots.txt': robots('User-agent: *', 'Disallow: /no') },
      pages: { '/': { links: Array.from({ length: 9 }, (_, at) => `/no/${at}`) } },
    })
    const { events, error } = await follow(crawl(world, { limit: 3 }))
    expect(error).toBeUndefined()
    expect(only(events, 'page_failed')).toHaveLength(3)
  })

  it('may have a group for us alone', async () => {
    await using world = await startWorld({
      files: {
        '/robots.txt': robots('User-agent: *', 'Disallow: /', '', 'User-agent: wellhead', 'Disallow: /only-this'),
      },
      pages: { '/': { links: ['/only-this', '/that'] }, '/that': {} },
    })
    const { events } = await follow(crawl(world))
    expect(paths(world, events)).toEqual(['/', '/that'])
  })

  it('that keeps the first page away leaves what the sitemap lists', async () => {
    await using world = await startWorld({
      files: {
        '/robots.txt': robots('User-agent: *', 'Disallow: /$'),
        '/sitemap.xml': (origin) => ({ body: sitemap([`${origin}/a`]) }),
      },
      pages: { '/a': {} },
    })
    const { events, error } = await follow(crawl(world))
    expect(error).toBeUndefined()
    expect(paths(world, events)).toEqual(['/a'])
    expect(failures(world, events)).toEqual({ '/': forbidden })
  })

  it('that keeps everything away gives no page, and Reader is not asked', async () => {
    await using world = await startWorld({
      files: { '/robots.txt': robots('User-agent: *', 'Disallow: /') },
      pages: { '/': {} },
    })
    const { error } = await follow(crawl(world))
    expect(error).toMatchObject({ code: 'content_unavailable', message: expect.stringContaining('robots.txt') })
    expect(world.reader.asked).toEqual([])
  })

  it.each([401, 403, 404, 410])('that is not there (%i) forbids nothing: RFC 9309, section 2.3.1.3', async (status) => {
    await using world = await startWorld({ files: { '/robots.txt': { status } }, pages: { '/': {} } })
    const { events, error } = await follow(crawl(world))
    expect(error).toBeUndefined()
    expect(paths(world, events)).toEqual(['/'])
  })

  it.each<[string, Answer]>([
    ['answers with HTTP 500', { status: 500 }],
    ['answers with HTTP 503', { status: 503, body: 'Busy' }],
    ['answers with HTTP 429', { status: 429, headers: { 'retry-after': '3600' } }],
    ['cannot be reached', 'reset'],
  ])('that %s forbids everything: section 2.3.1.4', async (how, answer) => {
    await using world = await startWorld({ files: { '/robots.txt': answer }, pages: { '/': {} } })
    const { events, error } = await follow(crawl(world))
    expect(error).toMatchObject({ code: 'content_unavailable', message: expect.stringContaining(how) })
    expect(events).toEqual([])
    expect(world.reader.asked).toEqual([])
  })

  it('that breaks off is none that was read', async () => {
    await using world = await startWorld({
      files: { '/robots.txt': { body: 'User-agent: *\nDisallow: /a\n', cut: true } },
      pages: { '/': {} },
    })
    const { events, error } = await follow(crawl(world))
    expect(error).toMatchObject({ code: 'content_unavailable', message: expect.stringContaining('cannot be reached') })
    expect(events).toEqual([])
  })

  it('follows redirects; too many of them forbid nothing: section 2.3.1.2', async () => {
    await using moved = await startWorld({
      files: {
        '/robots.txt': { status: 301, headers: { location: '/rules' } },
        '/rules': robots('User-agent: *', 'Disallow: /a'),
      },
      pages: { '/': { links: ['/a'] } },
    })
    expect(failures(moved, (await follow(crawl(moved))).events)).toEqual({ '/a': forbidden })
    await using endless = await startWorld({
      files: { '/robots.txt': { status: 301, headers: { location: '/robots.txt' } } },
      pages: { '/': {} },
    })
    expect(paths(endless, (await follow(crawl(endless))).events)).toEqual(['/'])
  })

  it('counts as far as its first 512 KiB', async () => {
    const filler = `# ${'x'.repeat(98)}\n`.repeat(6_000)
    await using world = await startWorld({
      files: { '/robots.txt': { body: `User-agent: *\nDisallow: /a\n${filler}Disallow: /b\n` } },
      pages: { '/': { links: ['/a', '/b'] }, '/b': {} },
    })
    const { events } = await follow(crawl(world))
    expect(paths(world, events)).toEqual(['/', '/b'])
  })

  it('sets the pace: one page at a time, with its pause between two', async () => {
    await using world = await startWorld({
      files: { '/robots.txt': robots('User-agent: *', 'Crawl-delay: 0.15') },
      pages: {
        '/': { links: ['/a', '/b'] },
        '/a': async () => {
          await sleep(300)
          return { body: { data: { content: 'Slow' } } }
        },
        '/b': {},
      },
    })
    const { events, error } = await follow(crawl(world))
    expect(error).toBeUndefined()
    expect(paths(world, events)).toEqual(['/', '/a', '/b'])
    const times = world.reader.asked.map(({ at }) => at)
    for (const [index, at] of times.slice(1).entries()) expect(at - times[index]!).toBeGreaterThan(140)
    // The slow one had come before the next was asked for.
    expect(times[2]! - times[1]!).toBeGreaterThan(290)
  })

  it('with a very long pause does not hold up a cancel', async () => {
    await using world = await startWorld({
      files: { '/robots.txt': robots('User-agent: *', 'Crawl-delay: 9999999999') },
      pages: { '/': { links: ['/a'] }, '/a': {} },
    })
    const controller = new AbortController()
    const { error } = await follow(crawl(world, {}, { signal: controller.signal }), ({ type }) => {
      if (type === 'progress') setTimeout(() => controller.abort(), 20)
    })
    expect(error).toMatchObject({ code: 'cancelled' })
    expect(world.read()).toEqual(['/'])
  })

  it('of an address that may not be asked is the word of the host', async () => {
    await using world = await startWorld({ pages: {} })
    const { error } = await follow(crawl(world, { url: 'http://10.0.0.1/' }))
    expect(error).toMatchObject({ code: 'invalid_request' })
    expect(world.reader.asked).toEqual([])
  })
})

describe('sitemaps', () => {
  it('are looked for in the usual place; their pages come before those of links', async () => {
    await using world = await startWorld({
      files: {
        '/sitemap.xml': (origin) => ({
          body: sitemap([
            `${origin}/b`,
            `${origin}/`,
            'https://elsewhere.test/x',
            ' /c?a=1&amp;b=2 ',
            `${origin}/p.png`,
          ]),
        }),
      },
      pages: { '/': { links: ['/a'] }, '/a': {}, '/b': {}, '/c?a=1&b=2': {} },
    })
    const { events, error } = await follow(crawl(world))
    expect(error).toBeUndefined()
    expect(paths(world, events)).toEqual(['/', '/b', '/c?a=1&b=2', '/a'])
    const without = await follow(crawl(world, { use_sitemap: false }))
    expect(paths(world, without.events)).toEqual(['/', '/a'])
  })

  it('are those that robots.txt names: an index in an index, packed ones, and what fails is told', async () => {
    await using world = await startWorld({
      files: {
        '/robots.txt': (origin) =>
          robots('User-agent: *', `Sitemap: ${origin}/index.xml`, `Sitemap: ${origin}/lost.xml`, 'Sitemap: http://'),
        '/index.xml': (origin) => ({
          body: sitemapIndex([`${origin}/more.xml`, `${origin}/packed.xml.gz`, 'https://elsewhere.test/s.xml']),
        }),
        '/more.xml': (origin) => ({ body: sitemapIndex([`${origin}/index.xml`, `${origin}/deep.xml`]) }),
        '/deep.xml': (origin) => ({ body: sitemap([`${origin}/deep`]) }),
        '/packed.xml.gz': (origin) => ({ body: gzipSync(sitemap([`${origin}/packed`])) }),
        '/sitemap.xml': (origin) => ({ body: sitemap([`${origin}/not-named`]) }),
      },
      pages: { '/': {}, '/deep': {}, '/packed': {} },
    })
    const { events, error } = await follow(crawl(world))
    expect(error).toBeUndefined()
    expect(paths(world, events)).toEqual(['/', '/packed', '/deep'])
    expect(failures(world, events)).toEqual({
      '/lost.xml': 'The sitemap could not be read. The site answered with HTTP 404.',
    })
  })

  it.each<[string, Answer, string]>([
    ['packed and broken', { body: gzipSync(sitemap(['/a'])).subarray(0, 40) }, 'packed and broken'],
    ['not answered', 'reset', 'could not be read'],
    ['broken off', { body: '<urlset><url><loc>http://', cut: true }, 'could not be read'],
    ['refused', { status: 500 }, 'HTTP 500'],
  ])('that are %s leave the rest as it is', async (_name, answer, reason) => {
    await using world = await startWorld({
      files: { '/robots.txt': (origin) => robots(`Sitemap: ${origin}/s.xml`), '/s.xml': answer },
      pages: { '/': { links: ['/a'] }, '/a': {} },
    })
    const { events, error } = await follow(crawl(world))
    expect(error).toBeUndefined()
    expect(paths(world, events)).toEqual(['/', '/a'])
    expect(failures(world, events)['/s.xml']).toContain(reason)
  })

  it('may lie on another host when robots.txt says so; the key does not go there, and its indexes lead nowhere else', async () => {
    let site = ''
    await using other = await startServer(({ path }) =>
      path === '/s.xml'
        ? { body: sitemap([`${site}/a`]) }
        : { body: sitemapIndex([`${site}/own.xml`, 'http://10.0.0.1/s.xml']) },
    )
    await using world = await startWorld({
      files: {
        '/robots.txt': robots(`Sitemap: ${other.origin}/index.xml`, `Sitemap: ${other.origin}/s.xml`),
        '/own.xml': (origin) => ({ body: sitemap([`${origin}/b`]) }),
      },
      pages: { '/': {}, '/a': {}, '/b': {} },
    })
    site = world.site.origin
    const { events, error } = await follow(crawl(world))
    expect(error).toBeUndefined()
    expect(paths(world, events)).toEqual(['/', '/a'])
    expect(failures(world, events)).toEqual({})
    for (const { headers } of other.asked) expect(headers).not.toHaveProperty('authorization')
  })

  it('that are a web page in truth list nothing', async () => {
    await using world = await startWorld({
      files: { '/sitemap.xml': { body: '<!doctype html><p>Not <b>found</b><br><a href="/x">x</a>' } },
      pages: { '/': {} },
    })
    const { events, error } = await follow(crawl(world))
    expect(error).toBeUndefined()
    expect(paths(world, events)).toEqual(['/'])
  })

  it('are read no further than the limit', async () => {
    await using world = await startWorld({
      files: {
        '/robots.txt': (origin) => robots(`Sitemap: ${origin}/1.xml`, `Sitemap: ${origin}/2.xml`),
        '/1.xml': (origin) => ({ body: sitemap(Array.from({ length: 20_000 }, (_, at) => `${origin}/p${at}`)) }),
        '/2.xml': { status: 500 },
      },
      pages: { '/': {}, '/p0': {}, '/p1': {} },
    })
    const { events, error } = await follow(crawl(world, { limit: 3 }))
    expect(error).toBeUndefined()
    expect(paths(world, events)).toEqual(['/', '/p0', '/p1'])
    expect(world.site.asked.map(({ path }) => path)).toEqual(['/robots.txt', '/1.xml'])
  })

  it('are no more than fifty, and no deeper than three', async () => {
    await using world = await startWorld({
      files: {
        '/robots.txt': (origin) =>
          robots(...Array.from({ length: 60 }, (_, at) => `Sitemap: ${origin}/${at === 0 ? 'd0' : `n${at}`}.xml`)),
        ...Object.fromEntries(
          Array.from({ length: 6 }, (_, at) => [
            `/d${at}.xml`,
            (origin: string) => ({ body: sitemapIndex([`${origin}/d${at + 1}.xml`]) }),
          ]),
        ),
      },
      pages: { '/': {} },
    })
    const { events, error } = await follow(crawl(world))
    expect(error).toBeUndefined()
    expect(world.site.asked.filter(({ path }) => path.endsWith('.xml'))).toHaveLength(50)
    expect(Object.values(failures(world, events)).join()).toContain('more than 50 sitemaps')

    await using deep = await startWorld({
      files: Object.fromEntries(
        Array.from({ length: 6 }, (_, at) => [
          at === 0 ? '/sitemap.xml' : `/d${at}.xml`,
          (origin: string) => ({ body: sitemapIndex([`${origin}/d${at + 1}.xml`]) }),
        ]),
      ),
      pages: { '/': {} },
    })
    await follow(crawl(deep))
    expect(deep.site.asked.map(({ path }) => path)).toEqual([
      '/robots.txt',
      '/sitemap.xml',
      '/d1.xml',
      '/d2.xml',
      '/d3.xml',
    ])
  })
})

describe('the entries of a sitemap', () => {
  const entries = async (chunks: readonly Uint8Array[]) => {
    const found: string[] = []
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk)
        controller.close()
      },
    })
    for await (const batch of readEntries(body)) found.push(...batch.map(({ kind, location }) => `${kind} ${location}`))
    return found
  }
  const bytes = (text: string) => [...Buffer.from(text)].map((byte) => Uint8Array.of(byte))

  it('come from any splitting, with prefixes, CDATA and entities, and not from images', async () => {
    const xml = `\ufeff<?xml version="1.0"?><sm:urlset xmlns:sm="x"><sm:url><sm:loc><![CDATA[https://s.test/å?a=1&b=2]]></sm:loc>
      <image:image><image:loc>https://s.test/a.jpg</image:loc></image:image></sm:url>
      <url><loc> https://s.test/?a=1&amp;b=2 </loc><lastmod>2026-01-01</lastmod></url><url><loc></loc></url></sm:urlset>`
    const expected = ['page https://s.test/å?a=1&b=2', 'page https://s.test/?a=1&b=2']
    expect(await entries(bytes(xml))).toEqual(expected)
    expect(await entries([Buffer.from(xml)])).toEqual(expected)
    expect(await entries([...gzipSync(xml)].map((byte) => Uint8Array.of(byte)))).toEqual(expected)
    expect(await entries([])).toEqual([])
  })

  it('end where a packed file unpacks to more than a sitemap may be', async () => {
    const bomb = gzipSync(Buffer.alloc(60 * 1024 * 1024, 32))
    await expect(entries([bomb])).rejects.toThrow(RangeError)
  })
})
