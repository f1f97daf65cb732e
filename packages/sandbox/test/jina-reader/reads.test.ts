import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Sandbox, startSandbox } from '@wellhead/sandbox'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { caller, refusal } from './api.ts'

let sandbox: Sandbox
let other: Server
let otherUrl: string
let asked: { url: string; agent: string }[] = []
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['jina-reader'] })
  other = createServer((request, response) => {
    asked.push({ url: request.url ?? '', agent: request.headers['user-agent'] ?? '' })
    response.setHeader('content-type', 'text/html')
    if (request.url === '/never') return
    response.end(
      `<title>${request.url}</title><main><p>Visit ${asked.length}</p><img src="/a.png" alt="A tide"><img src="/b.png">
      <a href="/one">more</a><a href="/two">more</a></main>`,
    )
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  otherUrl = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
})
afterAll(async () => {
  other.closeAllConnections()
  await new Promise((resolve) => other.close(resolve))
  await sandbox.close()
})
afterEach(() => {
  sandbox.control.reset()
  asked = []
})
const call = caller(() => sandbox)
const read = (url: string, headers: Record<string, string> = {}, more: object = {}) =>
  call('POST /', { body: { url, ...more }, headers })
const page = (path: string) => `${sandbox.siteUrl}${path}`

describe('a read', () => {
  it('gives the main part of a page as Markdown, with where it was found', async () => {
    const { status, body } = await read(page('guide/calibrate'))
    expect([status, body.code, body.status]).toEqual([200, 200, 20000])
    expect(body.data).toMatchObject({
      title: 'Calibrate the sensor',
      description: 'Offsets, with a table and a command.',
      url: page('guide/calibrate'),
      metadata: { lang: 'en' },
      external: {},
    })
    expect(body.data.content).toContain('| High \\| storm | 203 | 205 |')
    expect(body.data.content).not.toContain('invented product')
    for (const name of ['links', 'images', 'warning', 'html']) expect(body.data).not.toHaveProperty(name)
  })

  it('takes the target from the path too, verbatim with its query', async () => {
    const { body } = await call(`GET /${otherUrl}/a?b=1&c=%20`)
    expect(body.data).toMatchObject({ url: `${otherUrl}/a?b=1&c=%20`, title: '/a?b=1&c=%20' })
  })

  it('is text where text would do', async () => {
    const answer = await call(`GET /${page('faq')}`, { headers: { accept: 'text/plain' } })
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(answer.text).toMatch(/^Title: Questions and answers\n\nURL Source: .*faq\n\nMarkdown Content:\n/)
    expect(answer.headers.get('x-usage-tokens')).toMatch(/^\d+$/)
    const summed = await call(`GET /${page('faq')}`, { headers: { accept: '*/*', 'x-with-links-summary': 'true' } })
    expect(summed.text).toContain('Links/Buttons:\n- [Home](')
  })

  it('succeeds when the page answered with an error, and warns', async () => {
    expect((await read(page('guide/wall-bracket'))).body).toMatchObject({
      code: 200,
      data: { warning: 'Target URL returned error 404: Not Found', content: expect.stringContaining('No such page') },
    })
    expect((await read(page('status/incident'))).body.data.warning).toBe(
      'Target URL returned error 500: Internal Server Error',
    )
  })

  it('follows redirects and says where they led', async () => {
    expect((await read(page('start'))).body.data.url).toBe(page('guide/quickstart'))
  })
})

describe('what a read may ask for', () => {
  it('its links: by their texts, or all of them as pairs', async () => {
    const unique = await read(`${otherUrl}/`, { 'x-with-links-summary': 'true' })
    expect(unique.body.data.links).toEqual({ more: `${otherUrl}/two` })
    const all = await read(`${otherUrl}/`, { 'x-with-links-summary': 'all' })
    expect(all.body.data.links).toEqual([
      ['more', `${otherUrl}/one`],
      ['more', `${otherUrl}/two`],
    ])
    // The whole page's, although the content is its main part.
    const home = await read(page('guide/install'), {}, { withLinksSummary: 'all' })
    expect(home.body.data.links).toContainEqual(['FAQ', page('faq')])
  })

  it('its images, or none', async () => {
    const { body } = await read(`${otherUrl}/`, { 'x-with-images-summary': 'true' })
    expect(body.data.images).toEqual({ 'Image 1: A tide': `${otherUrl}/a.png`, 'Image 2:': `${otherUrl}/b.png` })
    expect(body.data.content).toContain(`![A tide](${otherUrl}/a.png)`)
    const alt = (await read(`${otherUrl}/`, { 'x-retain-images': 'alt' })).body.data.content
    expect(alt).toContain('A tide')
    expect(alt).not.toContain('.png')
    expect((await read(`${otherUrl}/`, { 'x-retain-images': 'none' })).body.data.content).not.toContain('tide')
  })

  it.each([
    ['markdown', 'content', 'invented product'],
    ['text', 'text', 'tidewren offset show'],
    ['html', 'html', '<footer class="site-footer">'],
  ])('the format %s', async (format, field, has) => {
    const { data } = (await read(page('guide/calibrate'), { 'x-respond-with': format })).body
    expect(data[field]).toContain(has)
    if (field !== 'content') expect(data).not.toHaveProperty('content')
  })

  it('a part of the page, or all but a part', async () => {
    const table = (await read(page('guide/calibrate'), { 'x-target-selector': 'table' })).body.data.content
    expect(table).toContain('| Low | 42 | 44 |')
    expect(table).not.toContain('offset')
    const rest = (await read(page('guide/calibrate'), { 'x-remove-selector': 'table, pre' })).body.data.content
    expect(rest).not.toMatch(/\| Low|offset set/)
    expect(await read(page('faq'), { 'x-target-selector': '#nowhere' })).toMatchObject(
      refusal(422, 42206, 'AssertionFailureError'),
    )
    expect((await read(page('faq'), { 'x-target-selector': ':::' })).status).toBe(400)
  })

  it('a copy that is not old, where one of an hour would do otherwise', async () => {
    const visit = async (headers: Record<string, string> = {}) =>
      /Visit (\d+)/.exec((await read(`${otherUrl}/`, headers)).body.data.content)?.[1]
    expect([await visit(), await visit(), await visit({ 'x-no-cache': 'true' })]).toEqual(['1', '1', '2'])
    sandbox.control.advance(600)
    expect([await visit(), await visit({ 'x-cache-tolerance': '300' })]).toEqual(['2', '3'])
    sandbox.control.advance(3601)
    expect(await visit({ dnt: '1' })).toBe('4')
    expect(await visit()).toBe('5')
  })

  it('fewer tokens: cut, or not at all', async () => {
    const long = { html: `<main><p>${'tide '.repeat(2000)}</p></main>` }
    expect((await read(page(''), { 'x-max-tokens': '500' }, long)).body.data.usage.tokens).toBe(500)
    expect(await read(page(''), { 'x-token-budget': '500' }, long)).toMatchObject(
      refusal(409, 40904, 'BudgetExceededError'),
    )
    expect((await read(page(''), { 'x-max-tokens': '499' }, long)).status).toBe(400)
  })

  it('a name to be read by', async () => {
    await read(`${otherUrl}/`, { 'x-user-agent': 'Somebody' })
    expect(asked[0]?.agent).toContain('Somebody')
  })
})

describe('a read that cannot be', () => {
  it.each([
    ['of another machine', 'https://example.com/'],
    ['of a port where nobody listens', 'http://127.0.0.1:1/'],
  ])('%s is 422', async (_name, url) => {
    expect(await read(url)).toMatchObject(refusal(422, 42206, 'AssertionFailureError'))
  })

  it('takes longer than it may', async () => {
    expect(await read(`${otherUrl}/never`, { 'x-timeout': '1' })).toMatchObject(
      refusal(422, 42206, 'AssertionFailureError'),
    )
  })

  it('of a file that is no text is 422', async () => {
    expect((await read(page('downloads/sample-readings.zip'))).status).toBe(422)
  })

  it('is refused by policy with 451', async () => {
    sandbox.control.settings('jina-reader', { blocked: [page('faq')] })
    expect(await read(page('faq'))).toMatchObject(refusal(451, 45102, 'SecurityCompromiseError'))
    expect((await read(page('guide/'))).status).toBe(200)
  })

  it.each([
    ['no URL', {}, {}],
    ['another scheme', { url: 'ftp://127.0.0.1/' }, {}],
    ['a picture', { url: 'http://127.0.0.1/' }, { 'x-respond-with': 'screenshot' }],
    ['a file', { url: 'http://127.0.0.1/', pdf: 'AAAA' }, {}],
    ['a timeout out of bounds', { url: 'http://127.0.0.1/' }, { 'x-timeout': '181' }],
    ['a list', [], {}],
    ['broken JSON', '{"url":', {}],
  ])('is refused with 400: %s', async (_name, body, headers) => {
    expect(await call('POST /', { body, headers })).toMatchObject(refusal(400, 40001, 'ParamValidationError'))
  })

  it('says so in plain text unless JSON was asked for', async () => {
    const answer = await call('GET /http://127.0.0.1:1/', { headers: { accept: 'text/plain' } })
    expect(answer.status).toBe(422)
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(answer.text).toMatch(/^AssertionFailureError: /)
  })
})
