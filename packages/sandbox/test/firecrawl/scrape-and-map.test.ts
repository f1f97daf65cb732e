import { createServer, type Server } from 'node:http'
import { type Sandbox, startSandbox } from '@wellhead/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { caller } from './api.ts'

const pages: Readonly<Record<string, { type?: string; body: string | Buffer }>> = {
  '/odd': {
    body: `<html><head><base href="/deep/"><title> Odd </title><meta name="keywords" content="a"><meta name="keywords" content="b">
      <meta property="og:site_name" content="Odd site"></head><body>
      <nav>menu</nav><div class="keep"><h2>Kept</h2><p>A <a href="link?q=1#part">link</a> and <img src="x.png" alt="x">
      <img alt="inline" src="data:image/png;base64,AAAA"></p></div>
      <p class="drop">dropped</p><ol><li>one</li><li>two<ul><li>inner</li></ul></li></ol>
      <table><tr><td>a</td><td>b<br>c</td></tr><tr><td>d</td></tr></table><script>bad()</script></body></html>`,
  },
  '/latin1': {
    type: 'text/html; charset=iso-8859-1',
    body: Buffer.from('<title>Caf\xe9</title><p>cr\xe8me</p>', 'latin1'),
  },
  '/data.json': { type: 'application/json', body: '{"a":1}' },
  '/file.bin': { type: 'application/octet-stream', body: 'x' },
}

let sandbox: Sandbox
let server: Server
let base: string
const received: (string | undefined)[] = []
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['firecrawl'] })
  server = createServer((request, response) => {
    const page = pages[request.url ?? '']
    received.push(request.headers['x-extra'] as string | undefined)
    if (request.url === '/round') return response.writeHead(302, { location: '/round' }).end()
    if (request.url === '/away') return response.writeHead(302, { location: 'http://192.0.2.1/' }).end()
    if (request.url === '/never') return
    response.writeHead(page ? 200 : 404, { 'content-type': page?.type ?? 'text/html' }).end(page?.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address === 'object' && address) base = `http://127.0.0.1:${address.port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await sandbox.close()
})
const call = caller(() => sandbox)
const scrape = (url: string, options: object = {}) => call('POST /v2/scrape', { body: { url, ...options } })

describe('scrape', () => {
  it('gives the main part as Markdown: headings, table, code, absolute links, no boilerplate', async () => {
    const { body } = await scrape(`${sandbox.siteUrl}guide/calibrate`)
    expect(body.data.markdown).toBe(`# Calibrate the sensor

Compare the gauge with a measuring rod at three levels.

| Level | Rod (cm) | Gauge (cm) |
| --- | --- | --- |
| Low | 42 | 44 |
| Middle | 118 | 120 |
| High \\| storm | 203 | 205 |

Then store the offset:

\`\`\`sh
tidewren offset set --sensor main -2
tidewren offset show
\`\`\``)
    expect(Object.keys(body.data)).toEqual(['markdown', 'metadata'])
    expect((await scrape(`${sandbox.siteUrl}guide/`)).body.data.markdown).toContain(
      `[install](${sandbox.siteUrl}guide/install)`,
    )
    const whole = (await scrape(`${sandbox.siteUrl}guide/`, { onlyMainContent: false })).body.data.markdown
    expect(whole).toMatch(/Cookies: none/)
    expect(whole).not.toMatch(/scripts are not content/)
  })

  it('gives the formats that are asked for', async () => {
    const { data } = (await scrape(`${base}/odd`, { formats: ['html', { type: 'rawHtml' }, 'links', 'images'] })).body
    expect(data).not.toHaveProperty('markdown')
    expect(data.rawHtml).toBe(pages['/odd']?.body)
    expect(data.html).not.toMatch(/script|menu|<title/)
    expect(data.links).toEqual([`${base}/deep/link?q=1#part`])
    expect(data.images[0]).toBe(`${base}/deep/x.png`)
  })

  it('narrows by tags, keeps lists, and drops inline images', async () => {
    const all = (await scrape(`${base}/odd`)).body.data.markdown
    expect(all).toContain('1. one\n2. two\n   - inner')
    expect(all).toContain('![inline](<Base64-Image-Removed>)')
    expect(all).toContain('| a | b c |\n| --- | --- |\n| d |  |')
    const kept = (await scrape(`${base}/odd`, { includeTags: ['.keep'] })).body.data.markdown
    expect([kept.includes('## Kept'), kept.includes('dropped')]).toEqual([true, false])
    expect((await scrape(`${base}/odd`, { excludeTags: ['.drop'] })).body.data.markdown).not.toContain('dropped')
  })

  it('tells what the page says about itself', async () => {
    const { metadata } = (await scrape(`${base}/odd`)).body.data
    expect(metadata).toMatchObject({
      title: 'Odd',
      keywords: ['a', 'b'],
      'og:site_name': 'Odd site',
      sourceURL: `${base}/odd`,
      url: `${base}/odd`,
      statusCode: 200,
      contentType: 'text/html',
    })
    const untitled = (await scrape(`${sandbox.siteUrl}notes/untitled`)).body.data.metadata
    expect([untitled.title, untitled.description]).toEqual([undefined, undefined])
    const land = (await scrape(`${sandbox.siteUrl}stations/%C3%A5land`)).body.data
    expect(land.metadata).toMatchObject({ title: 'Åland – vattenstånd och 潮汐', language: 'sv' })
    expect(land.markdown).toContain('潮の満ち引き')
  })

  it('reads other encodings and other types of text, and sends the headers it is given', async () => {
    expect((await scrape(`${base}/latin1`)).body.data).toMatchObject({ markdown: 'crème', metadata: { title: 'Café' } })
    expect((await scrape(`${base}/data.json`, { headers: { 'x-extra': 'yes' } })).body.data.markdown).toBe(
      '```json\n{"a":1}\n```',
    )
    expect(received).toContain('yes')
  })

  it('passes on the status of a page, and fails when there is no page', async () => {
    const failing = await scrape(`${sandbox.siteUrl}status/incident`)
    expect(failing.body.data.metadata).toMatchObject({ statusCode: 500, error: 'Internal Server Error' })
    const missing = [
      `${base}/file.bin`,
      `${base}/round`,
      `${base}/away`,
      'http://127.0.0.1:1/',
      'https://example.com/',
      'example.com',
    ]
    for (const url of missing) expect(await scrape(url)).toMatchObject({ status: 500, body: { success: false } })
    expect((await scrape(`${base}/away`)).body.code).toBe('SCRAPE_DNS_RESOLUTION_ERROR')
    expect((await scrape(`${base}/never`, { timeout: 1000 })).body).toMatchObject({
      success: false,
      code: 'SCRAPE_TIMEOUT',
    })
  })
})

describe('map', () => {
  const map = async (options: object) => {
    const { body } = await call('POST /v2/map', { body: { url: sandbox.siteUrl, ...options } })
    return body.links.map(({ url }: { url: string }) => url.replace(sandbox.siteUrl, '')) as string[]
  }

  it('lists sitemap and links, each page once', async () => {
    const both = await map({})
    expect(both).toContain('press-kit')
    expect(both).toContain('changelog')
    expect(both.filter((path) => path.startsWith('guide/'))).toEqual(['guide/'])
    expect(await map({ ignoreQueryParameters: false })).toContain('guide/?ref=home')
  })

  it('obeys sitemap, limit and search', async () => {
    expect(await map({ sitemap: 'only' })).toEqual(['', 'guide/', 'api/', 'faq', 'press-kit'])
    expect(await map({ sitemap: 'skip' })).not.toContain('press-kit')
    expect(await map({ limit: 2 })).toHaveLength(2)
    expect(await map({ search: 'Stations' })).toEqual(['stations/'])
  })

  it('gives the start page of a site that does not answer, and titles where it knows them', async () => {
    const dead = await call('POST /v2/map', { body: { url: 'http://127.0.0.1:1/' } })
    expect(dead.body).toEqual({ success: true, links: [{ url: 'http://127.0.0.1:1/' }] })
    const { links } = (await call('POST /v2/map', { body: { url: sandbox.siteUrl } })).body
    expect(links[0]).toMatchObject({ url: sandbox.siteUrl, title: 'Tidewren: a small tide gauge' })
  })
})
