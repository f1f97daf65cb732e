import { gunzipSync } from 'node:zlib'
import { load } from 'cheerio'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../index.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ only: [] })
})
afterAll(() => sandbox?.close())
afterEach(() => sandbox.control.reset())

const get = (path: string) => fetch(new URL(path, sandbox.siteUrl), { redirect: 'manual' })

describe('the site', () => {
  it('has a main part between menu, aside and footer', async () => {
    const answer = await get('')
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const $ = load(await answer.text())
    expect($('title').text()).toBe('Tidewren: a small tide gauge')
    expect($('header nav a').length).toBe(4)
    expect($('main h1').length + $('aside').length + $('footer').length).toBe(3)
  })

  it('answers every link of its own with what the page promises', async () => {
    const seen = new Map<string, number>()
    const walk = async (url: string): Promise<void> => {
      if (seen.has(url)) return
      const answer = await fetch(url, { redirect: 'manual' })
      seen.set(url, answer.status)
      const text = await answer.text()
      if (answer.status !== 200 || !answer.headers.get('content-type')?.startsWith('text/html')) return
      const $ = load(text)
      const links = $('a[href]')
        .get()
        .map((anchor) => new URL($(anchor).attr('href') ?? '', url))
        .filter((link) => link.href.startsWith(sandbox.siteUrl))
      await Promise.all(
        links.map((link) => {
          link.hash = ''
          return walk(link.href)
        }),
      )
    }
    await walk(sandbox.siteUrl)
    const bad = [...seen]
      .filter(([, status]) => status !== 200)
      .map(([url, status]) => [url.slice(sandbox.siteUrl.length), status])
    expect(Object.fromEntries(bad)).toEqual({
      start: 301,
      home: 301,
      'guide/wall-bracket': 404,
      'status/incident': 500,
    })
    expect([...seen.keys()]).toContain(`${sandbox.siteUrl}stations/%C3%A5land`)
    expect([...seen.keys()].some((url) => url.endsWith('press-kit'))).toBe(false)
  })

  it('moves old addresses', async () => {
    expect((await get('start')).headers.get('location')).toBe('/site/guide/quickstart')
    expect((await fetch(`${sandbox.origin}/site`, { redirect: 'manual' })).headers.get('location')).toBe('/site/')
  })

  it('has robots.txt at the root of its origin, and a sitemap whose pages exist', async () => {
    const robots = await (await fetch(`${sandbox.origin}/robots.txt`)).text()
    expect(robots).toContain('Disallow: /site/internal/')
    const sitemap = /^Sitemap: (.+)$/m.exec(robots)?.[1] ?? ''
    const $ = load(await (await fetch(sitemap)).text(), { xml: true })
    const locations = $('loc')
      .get()
      .map((loc) => $(loc).text())
    expect(locations).toContain(`${sandbox.siteUrl}press-kit`)
    for (const location of locations) expect((await fetch(location)).status).toBe(200)
  })

  it('speaks more than English, and forgot one title', async () => {
    expect(load(await (await get('stations/%C3%A5land')).text())('title').text()).toBe('Åland – vattenstånd och 潮汐')
    const untitled = load(await (await get('notes/untitled')).text())
    expect(untitled('title').length + untitled('meta[name=description]').length).toBe(0)
    expect((await get('downloads/sample-readings.zip')).headers.get('content-type')).toBe('application/zip')
  })

  it('has an archive that only sitemaps lead to, when robots.txt names them', async () => {
    const robots = async () => (await fetch(`${sandbox.origin}/robots.txt`)).text()
    expect(await robots()).not.toContain('archive')
    sandbox.control.settings('site', { archive: true })
    expect(await robots()).toContain(`Sitemap: ${sandbox.siteUrl}archive/sitemap-index.xml`)

    const locations = async (path: string, selector: string) => {
      const bytes = Buffer.from(await (await get(path)).arrayBuffer())
      const $ = load(path.endsWith('.gz') ? gunzipSync(bytes).toString() : bytes.toString(), { xml: true })
      return $(selector)
        .get()
        .map((loc) => $(loc).text().replace(sandbox.siteUrl, ''))
    }
    expect(await locations('archive/sitemap-index.xml', 'sitemap > loc')).toEqual([
      'archive/sitemap-2023.xml',
      'archive/sitemap-2024.xml.gz',
      'archive/sitemap-index-2.xml',
    ])
    expect(await locations('archive/sitemap-index-2.xml', 'sitemap > loc')).toContain('archive/sitemap-lost.xml')
    expect((await get('archive/sitemap-lost.xml')).status).toBe(404)
    for (const name of ['sitemap-2023.xml', 'sitemap-2024.xml.gz', 'sitemap-2025.xml'])
      for (const path of await locations(`archive/${name}`, 'url > loc'))
        if (!path.startsWith('https:')) expect((await get(path)).status).toBe(200)
  })

  it('says in robots.txt what it is told to', async () => {
    const robots = () => fetch(`${sandbox.origin}/robots.txt`)
    sandbox.control.settings('site', { crawlDelay: 0.5, blockedAgents: ['SomeBot'], status: 503 })
    const answer = await robots()
    expect(answer.status).toBe(503)
    expect(await answer.text()).toMatch(
      /^User-agent: SomeBot\nDisallow: \/\n\nUser-agent: \*\nDisallow: .*\nCrawl-delay: 0\.5\n/,
    )
    expect(() => sandbox.control.settings('site', { crawlDelay: -1 })).toThrow()
    sandbox.control.reset()
    expect((await robots()).status).toBe(200)
  })
})
