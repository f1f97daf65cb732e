import { setTimeout as sleep } from 'node:timers/promises'
import type { CrawlEvent } from '@wellhead/datasource-node'
import { describe, expect, it } from 'vitest'
import { jinaReader } from '../src/index.ts'
import { connect, follow, only } from './connect.ts'
import { refusal, type ScriptedPage, startWorld } from './scripted-world.ts'

type World = Awaited<ReturnType<typeof startWorld>>

const crawl = (
  world: World,
  more: Record<string, unknown> = {},
  options: Parameters<typeof connect>[1] & { checkpoint?: Readonly<Record<string, unknown>> } = {},
) =>
  jinaReader.crawl(connect(world.reader.origin, options), {
    parameters: { url: `${world.site.origin}/`, limit: 50, use_sitemap: false, ...more },
    ...(options.checkpoint ? { checkpoint: options.checkpoint } : {}),
  })
const paths = (world: World, events: readonly CrawlEvent[]) =>
  only(events, 'page').map(({ url }) => url.replace(world.site.origin, ''))
const failures = (world: World, events: readonly CrawlEvent[]) =>
  Object.fromEntries(only(events, 'page_failed').map(({ url, reason }) => [url.replace(world.site.origin, ''), reason]))

/** A front page that leads to these. */
const leadingTo = (pages: Record<string, ScriptedPage | Parameters<typeof startWorld>[0]['pages'][string]>) => ({
  '/': { links: Object.keys(pages) },
  ...pages,
})

describe('the way through a site', () => {
  it('is breadth-first, each page once, with a checkpoint and the progress after each', async () => {
    await using world = await startWorld({
      pages: {
        '/': { links: ['/b', '/a', 'mailto:me@site.test', 'https://elsewhere.test/', '/b'] },
        '/a': { links: ['/c', '/'] },
        '/b': { links: ['/d', '/a'], title: 'Page B' },
        '/c': {},
        '/d': {},
      },
    })
    const { events, error } = await follow(crawl(world))
    expect(error).toBeUndefined()
    expect(paths(world, events)).toEqual(['/', '/b', '/a', '/d', '/c'])
    expect(only(events, 'page')[1]).toMatchObject({
      title: 'Page B',
      description: null,
      markdown: '# /b',
      metadata: { tokens: 9 },
    })
    expect(only(events, 'checkpoint')).toHaveLength(6)
    expect(only(events, 'progress').at(0)).toEqual({ type: 'progress', completed: 1, total: 3 })
    expect(only(events, 'progress').at(-1)).toEqual({ type: 'progress', completed: 5, total: 5 })
    for (const { method, path, headers, json } of world.reader.asked) {
      expect([method, path]).toEqual(['POST', '/'])
      expect(headers).toMatchObject({
        accept: 'application/json',
        'x-with-links-summary': 'all',
        authorization: 'Bearer jina_good',
      })
      expect(Object.keys(json ?? {})).toEqual(['url'])
    }
  })

  it('is told in its order, however long each page takes, with a few reads at once', async () => {
    const slow = (ms: number) => async () => {
      await sleep(ms)
      return { body: { data: { content: `After ${ms}`, links: [] } } }
    }
    await using world = await startWorld({
      pages: leadingTo({ '/1': slow(80), '/2': slow(5), '/3': slow(40), '/4': slow(1), '/5': slow(1), '/6': slow(1) }),
    })
    const { events } = await follow(crawl(world))
    expect(paths(world, events)).toEqual(['/', '/1', '/2', '/3', '/4', '/5', '/6'])
    const [first, second, , , , sixth] = world.reader.asked.slice(1)
    expect(second!.at - first!.at).toBeLessThan(60)
    // The sixth waited for a place.
    expect(sixth!.at - first!.at).toBeGreaterThan(60)
  })

  it('takes links as an object of texts, too, and survives what is no link', async () => {
    const page = (links: unknown) => () => ({ body: { data: { content: 'Text', links } } })
    await using world = await startWorld({
      pages: { '/': page({ one: '/a', two: 7 }), '/a': page([['x', '/b'], null, ['y']]), '/b': page('none'), '/c': {} },
    })
    const { events, error } = await follow(crawl(world))
    expect(error).toBeUndefined()
    expect(paths(world, events)).toEqual(['/', '/a', '/b'])
  })

  it('takes different writings of a URL for one page', async () => {
    await using world = await startWorld({
      pages: {
        '/': {
          links: ['/a', '/a/', '/a#part', '/x/../a', '/a/index.html', '/index.html', '/%c3%a5', '/%C3%A5', '/a?q=1'],
        },
        '/a': {},
        '/a?q=1': {},
        '/%c3%a5': {},
      },
    })
    const { events, error } = await follow(crawl(world))
    expect(error).toBeUndefined()
    expect(paths(world, events)).toEqual(['/', '/a', '/%c3%a5', '/a?q=1'])
    expect(world.read()).toHaveLength(4)
  })

  it('leaves files that are no pages alone', async () => {
    const files = ['/a.png', '/b.zip', '/c.css', '/d.mp4', '/feed.xml', '/e.pdf']
    await using world = await startWorld({ pages: { '/': { links: files }, '/e.pdf': {} } })
    const { events } = await follow(crawl(world))
    expect(paths(world, events)).toEqual(['/', '/e.pdf'])
  })

  it('ends at its limit, which counts reads and not pages', async () => {
    await using world = await startWorld({ pages: leadingTo({ '/a': { content: ' ' }, '/b': {}, '/c': {} }) })
    const { events, error } = await follow(crawl(world, { limit: 3 }))
    expect(error).toBeUndefined()
    expect(world.read()).toEqual(['/', '/a', '/b'])
    expect(paths(world, events)).toEqual(['/', '/b'])
  })

  it('ends at its depth, where links are not even asked for', async () => {
    const pages = { '/': { links: ['/1'] }, '/1': { links: ['/2'] }, '/2': { links: ['/3'] }, '/3': {} }
    await using world = await startWorld({ pages })
    const { events } = await follow(crawl(world, { max_depth: 2 }))
    expect(paths(world, events)).toEqual(['/', '/1', '/2'])
    expect(world.reader.asked.map(({ headers }) => headers['x-with-links-summary'])).toEqual(['all', 'all', undefined])
    const none = await follow(crawl(world, { max_depth: 0 }))
    expect(paths(world, none.events)).toEqual(['/'])
  })

  it('keeps to its paths; the first page shows the way although it is not among them', async () => {
    const blog = { '/blog/a': { links: ['/blog/b/draft', '/blog/c'] }, '/blog/c': {}, '/about': { links: ['/blog/d'] } }
    await using world = await startWorld({ pages: leadingTo(blog) })
    const { events, error } = await follow(crawl(world, { include_paths: '^/blog/', exclude_paths: ['draft$'] }))
    expect(error).toBeUndefined()
    expect(paths(world, events)).toEqual(['/blog/a', '/blog/c'])
    expect(world.read()).toEqual(['/', '/blog/a', '/blog/c'])
  })

  it('is not held up by an expression that never comes to an end', async () => {
    await using world = await startWorld({ pages: { '/': { links: [`/${'a'.repeat(40)}!`] } } })
    const { error } = await follow(crawl(world, { exclude_paths: '(a+)+$' }))
    expect(error).toMatchObject({ code: 'invalid_request', message: expect.stringContaining('too long') })
  })
})

describe('redirects', () => {
  it('that lead to one page give it once, under its own URL', async () => {
    await using world = await startWorld({
      pages: leadingTo({ '/old': { url: '/new' }, '/older': { url: '/new' }, '/home': { url: '/' }, '/new': {} }),
    })
    const { events, error } = await follow(crawl(world))
    expect(error).toBeUndefined()
    expect(paths(world, events)).toEqual(['/', '/new'])
    expect(failures(world, events)).toEqual({})
  })

  it('to a page that nobody linked to give it under its own URL, and say how it was asked for', async () => {
    await using world = await startWorld({ pages: leadingTo({ '/old': { url: '/new' }, '/older': { url: '/new' } }) })
    const { events } = await follow(crawl(world))
    expect(paths(world, events)).toEqual(['/', '/new'])
    expect(only(events, 'page')[1]?.metadata).toMatchObject({ askedUrl: `${world.site.origin}/old` })
  })

  it('to another site are no page of this one', async () => {
    await using world = await startWorld({
      pages: leadingTo({ '/out': { url: 'https://elsewhere.test/', links: ['/never'] } }),
    })
    const { events, error } = await follow(crawl(world))
    expect(error).toBeUndefined()
    expect(failures(world, events)).toEqual({ '/out': 'It leads to another site.' })
  })

  it('to a path that is not wanted, or forbidden, give no page', async () => {
    await using world = await startWorld({
      files: { '/robots.txt': { body: 'User-agent: *\nDisallow: /private/\n' } },
      pages: leadingTo({ '/a': { url: '/drafts/a' }, '/b': { url: '/private/b' } }),
    })
    const { events } = await follow(crawl(world, { exclude_paths: '^/drafts/' }))
    expect(paths(world, events)).toEqual(['/'])
    expect(failures(world, events)).toEqual({ '/b': 'The robots.txt of the site does not allow it.' })
  })

  it('of the first page decide which site it is: with its own rules', async () => {
    await using other = await startWorld({
      files: { '/robots.txt': { body: 'User-agent: *\nDisallow: /secret\n' } },
      pages: {},
    })
    const there = other.site.origin
    await using world = await startWorld({
      pages: {
        '/': { url: `${there}/`, links: [`${there}/a`, `${there}/secret`, 'https://elsewhere.test/'] },
        [`${there}/a`]: { url: `${there}/a` },
      },
    })
    const { events, error } = await follow(crawl(world))
    expect(error).toBeUndefined()
    expect(only(events, 'page').map(({ url }) => url)).toEqual([`${there}/`, `${there}/a`])
    expect(only(events, 'page_failed')).toMatchObject([{ url: `${there}/secret` }])
    // It is still that site after a crash.
    const checkpoint = only(events, 'checkpoint')[1]!.checkpoint
    const rest = await follow(crawl(world, {}, { checkpoint }))
    expect(only(rest.events, 'page').map(({ url }) => url)).toEqual([`${there}/a`])
  })
})

describe('a bad page', () => {
  it('is told as failed, with a sentence, and the rest goes on', async () => {
    await using world = await startWorld({
      pages: leadingTo({
        '/budget': () => refusal(409, 40904, 'BudgetExceededError'),
        '/unreachable': () => refusal(422, 42206, 'AssertionFailureError'),
        '/policy': () => refusal(451, 45102, 'SecurityCompromiseError'),
        '/gone': { warning: 'Target URL returned error 404: Not Found', links: ['/not-followed'] },
        '/empty': { content: ' \n', links: ['/behind'] },
        '/cached': { warning: 'This is a cached snapshot of the original page' },
        '/odd': () => refusal(400, 40001, 'ParamValidationError'),
        '/garbled': () => ({ body: '<html>' }),
        '/good': {},
      }),
    })
    const { events, error } = await follow(crawl(world))
    expect(error).toBeUndefined()
    expect(paths(world, events)).toEqual(['/', '/cached', '/good'])
    expect(only(events, 'page')[1]?.metadata).toMatchObject({ warning: expect.stringContaining('cached') })
    expect(failures(world, events)).toEqual({
      '/budget': expect.stringContaining('more tokens'),
      '/unreachable': expect.stringContaining('cannot reach the page'),
      '/policy': expect.stringContaining('does not read this site'),
      '/gone': 'The site answered with HTTP 404.',
      '/empty': 'The page has no text.',
      '/odd': expect.stringContaining('refuses the request'),
      '/garbled': expect.stringContaining('not JSON'),
      '/behind': expect.stringContaining('cannot reach the page'),
    })
  })

  it('that makes Reader fail each time is told as failed while Reader answers for others', async () => {
    await using world = await startWorld({
      pages: leadingTo({ '/bad': () => refusal(500, 50000, 'ApplicationError'), '/good': {} }),
    })
    const { events, error } = await follow(crawl(world, {}, { tries: 2 }))
    expect(error).toBeUndefined()
    expect(paths(world, events)).toEqual(['/', '/good'])
    expect(failures(world, events)).toEqual({ '/bad': expect.stringContaining('HTTP 500') })
  })

  it.each([
    ['three in a row', undefined, 3],
    ['nor its free path', refusal(503, 50301, 'ServiceCrashedError'), 1],
  ])('is Reader being down when it answers for no page: %s', async (_name, index, asked) => {
    const down = () => refusal(503, 50301, 'ServiceCrashedError')
    await using world = await startWorld({
      pages: leadingTo({ '/1': down, '/2': down, '/3': down, '/4': down, '/5': down }),
      ...(index ? { index } : {}),
    })
    const { events, error } = await follow(crawl(world))
    expect(error).toMatchObject({ code: 'provider_unavailable', status: 503 })
    expect(Object.keys(failures(world, events))).toHaveLength(asked - 1)
    // What was not told waits for the next try.
    const { done } = only(events, 'checkpoint').at(-1)!.checkpoint as { done: number }
    expect(done).toBe(asked)
  })
})

describe('what ends a crawl', () => {
  it.each([
    [401, 40102, 'unauthorized'],
    [402, 40203, 'quota_exhausted'],
    [402, 40202, 'missing_scope'],
    [403, 40301, 'missing_scope'],
    [429, 42903, 'rate_limited'],
  ])('%i/%i in the middle: %s, after the pages that there were', async (status, number, code) => {
    await using world = await startWorld({
      pages: leadingTo({ '/a': {}, '/b': () => refusal(status, number, 'Some', { retryAfter: 600 }), '/c': {} }),
    })
    const { events, error } = await follow(crawl(world))
    expect(error).toMatchObject({ code, ...(status === 429 ? { retryAfterMs: 600_000 } : {}) })
    expect(paths(world, events)).toEqual(['/', '/a'])
    expect(failures(world, events)).toEqual({})
  })

  it('400 for the first page is a wrong request, not a bad page', async () => {
    await using world = await startWorld({ pages: { '/': () => refusal(400, 40001, 'ParamValidationError') } })
    const { error } = await follow(crawl(world))
    expect(error).toMatchObject({ code: 'invalid_request' })
  })

  it('no page at all, with the reason of the last failure', async () => {
    await using world = await startWorld({ pages: { '/': { warning: 'Target URL returned error 403: Forbidden' } } })
    const { events, error } = await follow(crawl(world))
    expect(paths(world, events)).toEqual([])
    expect(error).toMatchObject({ code: 'content_unavailable', message: expect.stringContaining('HTTP 403') })
  })

  it('a cancel, at once', async () => {
    await using world = await startWorld({ pages: leadingTo({ '/a': () => 'hang' }) })
    const controller = new AbortController()
    const { events, error } = await follow(crawl(world, {}, { signal: controller.signal }), ({ type }) => {
      if (type === 'progress') setTimeout(() => controller.abort(), 20)
    })
    expect(error).toMatchObject({ code: 'cancelled' })
    expect(paths(world, events)).toEqual(['/'])
  })

  it('nobody who listens any more: then nothing of it runs on', async () => {
    let answered = 0
    const slow = async () => {
      await sleep(50)
      answered++
      return { body: { data: { content: 'Late' } } }
    }
    await using world = await startWorld({ pages: leadingTo({ '/a': {}, '/b': slow, '/c': slow, '/d': slow }) })
    for await (const event of crawl(world)) if (event.type === 'page' && event.url.endsWith('/a')) break
    expect(answered).toBe(3)
    expect(world.read()).toHaveLength(5)
  })

  it('parameters that are none', async () => {
    await using world = await startWorld({ pages: {} })
    const { error } = await follow(crawl(world, { url: 'ftp://site.test' }))
    expect(error).toMatchObject({ code: 'invalid_request' })
  })
})

describe('after a crash', () => {
  const pages = {
    // The third is a path that begins with two slashes, which is no host.
    '/': { links: ['/a', '/b', '/x/..//double'] },
    '/a': { links: ['/c', '/secret'] },
    '/b': { url: '/moved', links: ['/moved', '/d'] },
    '/c': { links: ['/a'] },
    '/d': { content: '' },
    '//double': {},
  }
  const files = { '/robots.txt': { body: 'User-agent: *\nDisallow: /secret\n' } }

  it('goes on at every checkpoint: nothing twice, nothing left out', async () => {
    await using world = await startWorld({ pages, files })
    const whole = await follow(crawl(world))
    expect(whole.error).toBeUndefined()
    expect(paths(world, whole.events)).toEqual(['/', '/a', '/moved', '//double', '/c'])
    const marks = [...whole.events.entries()].flatMap(([at, event]) => (event.type === 'checkpoint' ? [at] : []))
    for (const at of marks) {
      const checkpoint = JSON.parse(
        JSON.stringify(only(whole.events.slice(0, at + 1), 'checkpoint').at(-1)?.checkpoint),
      )
      const rest = await follow(crawl(world, {}, { checkpoint }))
      expect(rest.error).toBeUndefined()
      expect([...paths(world, whole.events.slice(0, at)), ...paths(world, rest.events)]).toEqual(
        paths(world, whole.events),
      )
      expect({
        ...failures(world, whole.events.slice(0, at)),
        ...failures(world, rest.events),
      }).toEqual(failures(world, whole.events))
    }
  })

  it('asks for no page that was told', async () => {
    await using world = await startWorld({ pages, files })
    const { events } = await follow(crawl(world))
    const checkpoint = only(events, 'checkpoint').at(-1)!.checkpoint
    const before = world.read().length
    const again = await follow(crawl(world, {}, { checkpoint }))
    expect(again).toMatchObject({ error: undefined })
    expect(world.read()).toHaveLength(before)
  })

  it('keeps the limit of the whole', async () => {
    await using world = await startWorld({ pages, files })
    const { events } = await follow(crawl(world, { limit: 3 }))
    const checkpoint = only(events, 'checkpoint')[2]!.checkpoint
    const rest = await follow(crawl(world, { limit: 3 }, { checkpoint }))
    expect(paths(world, rest.events)).toHaveLength(1)
  })
})

describe('one page alone', () => {
  const single = { crawl_sub_pages: false }

  it('is one read, as it was written, and asks the site nothing', async () => {
    await using world = await startWorld({
      files: { '/robots.txt': { status: 503 } },
      pages: { '/app#/view': { content: 'View', url: '/app' } },
    })
    const { events, error } = await follow(crawl(world, { ...single, url: `${world.site.origin}/app#/view` }))
    expect(error).toBeUndefined()
    expect(events.map(({ type }) => type)).toEqual(['page', 'progress'])
    expect(paths(world, events)).toEqual(['/app'])
    expect(world.reader.asked).toHaveLength(1)
    expect(world.reader.asked[0]?.headers).not.toHaveProperty('x-with-links-summary')
    expect(world.site.asked).toHaveLength(0)
  })

  it.each([
    ['that the site refuses', { warning: 'Target URL returned error 500: Oh' }, 'content_unavailable'],
    ['without text', { content: '' }, 'content_unavailable'],
    ['that cannot be reached', () => refusal(422, 42206, 'AssertionFailureError'), 'not_found'],
    ['refused by policy', () => refusal(451, 45102, 'SecurityCompromiseError'), 'content_unavailable'],
  ])('%s is an error', async (_name, page, code) => {
    await using world = await startWorld({ pages: { '/': page } })
    const { events, error } = await follow(crawl(world, single))
    expect(error).toMatchObject({ code })
    expect(paths(world, events)).toEqual([])
  })
})
