import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../src/index.ts'
import { connect, redirectUri } from './consent.ts'
import { all, call, covered, idByTitle, spec, titleOf } from './notion-api.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ redirectUris: [redirectUri], pageSize: 20 })
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.control.reset())

const get = (path: string, options = {}) => call(sandbox, 'GET', path, undefined, options)
const post = (path: string, body: unknown = {}, options = {}) => call(sandbox, 'POST', path, body, options)
const invalid = { outsideSpec: true }
const every = 'Every block, every text — ☑ Ünïcödé'

describe('headers', () => {
  test('a token is needed, and a version', async () => {
    for (const token of [null, 'nope']) {
      const { status, body } = await get('/v1/users/me', { token })
      expect([status, body.code, body.message]).toEqual([401, 'unauthorized', 'API token is invalid.'])
    }
    const { status, body } = await get('/v1/users/me', { version: null })
    expect(status).toBe(400)
    expect(body).toEqual({
      object: 'error',
      status: 400,
      code: 'missing_version',
      message:
        'Notion-Version header failed validation: Notion-Version header should be defined, instead was `undefined`.',
      request_id: expect.any(String),
    })
    expect((await get('/v1/users/me', { version: '2022-06-28' })).body.code).toBe('validation_error')
  })

  test('an unknown path is an invalid request URL, and broken JSON is named', async () => {
    expect((await get('/v1/nothing')).body.code).toBe('invalid_request_url')
    expect((await post('/v1/search', '{', invalid)).body.code).toBe('invalid_json')
    const form = await post('/v1/search', 'query=a', { ...invalid, headers: { 'content-type': 'text/plain' } })
    expect(form.body.code).toBe('invalid_json')
    const huge = await post('/v1/search', { query: 'x'.repeat(520_000) }, invalid)
    expect([huge.status, huge.body.object]).toEqual([413, 'error'])
  })

  test('the internal key belongs to the workspace', async () => {
    const { body } = await get('/v1/users/me')
    expect(body).toMatchObject({ object: 'user', type: 'bot', bot: { owner: { type: 'workspace', workspace: true } } })
  })

  test('the rate limit counts per connection, and says when to come back', async () => {
    sandbox.control.settings('notion', { rateLimitPerMinute: 2 })
    const { access_token: token } = await connect(sandbox)
    await get('/v1/users/me')
    await get('/v1/users/me')
    sandbox.control.advance(20)
    const limited = await get('/v1/users/me')
    expect(limited.status).toBe(429)
    expect(limited.headers.get('retry-after')).toBe('40')
    expect(limited.body).toMatchObject({
      code: 'rate_limited',
      additional_data: { rate_limit_reason: 'public_api_request_rate_limit', retry_after: '40' },
    })
    expect((await get('/v1/users/me', { token })).status).toBe(200)
    sandbox.control.advance(40)
    expect((await get('/v1/users/me')).status).toBe(200)
  })
})

describe('search', () => {
  test('pages through everything, a server page at a time', async () => {
    const { results, pages } = await all(sandbox, 'POST', '/v1/search', { page_size: 100 })
    expect(new Set(results.map((item) => item.id)).size).toBe(results.length)
    expect(pages).toBe(Math.ceil(results.length / 20))
    const times = results.map((item) => item.last_edited_time)
    expect(times).toEqual(times.toSorted().reverse())
    expect(results.some((item) => item.in_trash)).toBe(false)
    expect(new Set(results.map((item) => item.object))).toEqual(new Set(['page', 'data_source']))
    const up = await all(sandbox, 'POST', '/v1/search', {
      sort: { timestamp: 'last_edited_time', direction: 'ascending' },
    })
    expect(up.results.map((item) => item.id)).toEqual(results.map((item) => item.id).reverse())
  })

  test('filters by kind and title', async () => {
    const only = await all(sandbox, 'POST', '/v1/search', { filter: { property: 'object', value: 'data_source' } })
    expect(only.results.map(titleOf).sort()).toEqual(['Products', 'Suppliers — Lieferanten'])
    const titled = await all(sandbox, 'POST', '/v1/search', {
      query: 'japan',
      filter: { property: 'object', value: 'page' },
    })
    expect(titled.results.map(titleOf)).toEqual(['日本の店舗 (Japan store)'])
    expect((await post('/v1/search', { query: 'no such title' })).body).toMatchObject({
      object: 'list',
      type: 'page_or_data_source',
      page_or_data_source: {},
      results: [],
      next_cursor: null,
      has_more: false,
      request_status: { type: 'complete' },
    })
  })

  test('refuses what Notion refuses', async () => {
    const cases: [unknown, string][] = [
      [{ start_cursor: null }, 'body.start_cursor should be a string or `undefined`, instead was `null`.'],
      [
        { filter: { property: 'object', value: 'database' } },
        'body.filter.value should be `"page"` or `"data_source"`, instead was `"database"`.',
      ],
      [{ page_size: 101 }, 'body.page_size should be ≤ `100`, instead was `101`.'],
      [{ foo: 'bar' }, 'body.foo should be not present, instead was `"bar"`.'],
    ]
    for (const [body, sentence] of cases) {
      const answer = await post('/v1/search', body, invalid)
      expect([answer.status, answer.body.code]).toEqual([400, 'validation_error'])
      expect(answer.body.message).toBe(`body failed validation: ${sentence}`)
    }
    const cursor = await post('/v1/search', { start_cursor: 'made-up' })
    expect([cursor.status, cursor.body.code]).toEqual([400, 'validation_error'])
    expect(cursor.body.message).toContain('start_cursor')
  })

  test('ends at the result limit and says so', async () => {
    sandbox.control.settings('notion', { queryResultLimit: 30 })
    const first = await post('/v1/search')
    expect(first.body.request_status).toEqual({ type: 'incomplete', incomplete_reason: 'query_result_limit_reached' })
    expect((await all(sandbox, 'POST', '/v1/search')).results).toHaveLength(30)
  })
})

describe('pages', () => {
  test('come with and without dashes; not as blocks, nor by a wrong id', async () => {
    const id = await idByTitle(sandbox, every)
    const bare = await get(`/v1/pages/${id.replaceAll('-', '').toUpperCase()}`)
    expect(bare.body).toMatchObject({ object: 'page', id, in_trash: false, parent: { type: 'page_id' } })
    expect(bare.body).not.toHaveProperty('archived')
    expect((await get(`/v1/pages/${id}`, { version: '2025-09-03' })).body.archived).toBe(false)
    expect((await get('/v1/pages/abc', invalid)).body.message).toBe(
      'path failed validation: path.page_id should be a valid uuid, instead was `"abc"`.',
    )
    const missing = await get('/v1/pages/00000000-0000-4000-8000-000000000000')
    expect([missing.status, missing.body.code]).toEqual([404, 'object_not_found'])
    const children = (await all(sandbox, 'GET', `/v1/blocks/${id}/children`)).results
    expect((await get(`/v1/pages/${children[0].id}`)).body.message).toContain('is a block, not a page')
  })

  test('one page has every block type and every kind of rich text', async () => {
    const id = await idByTitle(sandbox, every)
    const blocks: { id: string; type: string; has_children: boolean }[] = []
    const walk = async (parent: string): Promise<void> => {
      for (const block of (await all(sandbox, 'GET', `/v1/blocks/${parent}/children`)).results) {
        blocks.push(block)
        if (block.has_children && !block.type.startsWith('child_')) await walk(block.id)
      }
    }
    await walk(id)
    const types = new Set(blocks.map((block) => block.type))
    const wanted =
      'paragraph heading_1 heading_2 heading_3 heading_4 bulleted_list_item numbered_list_item to_do toggle quote callout divider code equation table table_row image video audio file pdf bookmark embed link_preview synced_block column_list column tab template child_page link_to_page meeting_notes breadcrumb table_of_contents unsupported'
    expect(wanted.split(' ').filter((type) => !types.has(type))).toEqual([])
    const text = JSON.stringify(blocks)
    for (const kind of [
      'user',
      'date',
      'page',
      'database',
      'link_preview',
      'link_mention',
      'template_mention',
      'custom_emoji',
    ])
      expect(text).toContain(`"mention":{"type":"${kind}"`)
    expect(text).toContain('"type":"equation","equation"')
    expect(text).not.toContain('sandbox-file:')

    const older = await call(sandbox, 'GET', `/v1/blocks/${id}/children?page_size=100`, undefined, {
      version: '2025-09-03',
    })
    expect(older.body.results[0].archived).toBe(false)
  })

  test('a page below a block has the block as its parent', async () => {
    const { body } = await get(`/v1/pages/${await idByTitle(sandbox, 'Page in a column')}`)
    expect(body.parent.type).toBe('block_id')
    const column = (await get(`/v1/blocks/${body.parent.block_id}`)).body
    expect(column).toMatchObject({ object: 'block', type: 'column', parent: { type: 'block_id' } })
    const list = (await get(`/v1/blocks/${column.parent.block_id}`)).body
    expect(list.parent).toEqual({ type: 'page_id', page_id: await idByTitle(sandbox, every) })
  })

  test('hosted files live for an hour', async () => {
    const id = await idByTitle(sandbox, every)
    const { results } = await all(sandbox, 'GET', `/v1/blocks/${id}/children`)
    const { url, expiry_time } = results.find((block) => block.type === 'file').file.file
    expect(Date.parse(expiry_time) - sandbox.control.now()).toBeGreaterThan(3_590_000)
    expect(await (await fetch(url)).text()).toContain('Flour')
    sandbox.control.advance(3601)
    expect((await fetch(url)).status).toBe(403)
  })

  test('a copy of a synced block has the children of its original', async () => {
    const id = await idByTitle(sandbox, every)
    const synced = (await all(sandbox, 'GET', `/v1/blocks/${id}/children`)).results.filter(
      (b) => b.type === 'synced_block',
    )
    const [original, copy] = await Promise.all(synced.map((block) => get(`/v1/blocks/${block.id}/children`)))
    expect(copy!.body.results).toEqual(original!.body.results)
    expect(copy!.body.results[0].paragraph.rich_text[0].plain_text).toBe('Written once, shown twice.')
  })
})

describe('markdown', () => {
  const markdown = (id: string, options = {}, query = '') => get(`/v1/pages/${id}/markdown${query}`, options)

  test('is Notion-flavoured and names what it could not render', async () => {
    const id = await idByTitle(sandbox, every)
    const { body } = await markdown(id, {}, '?include_transcript=false')
    expect(body).toMatchObject({ object: 'page_markdown', id, truncated: false })
    for (const part of [
      '**bold**',
      '$`e^{i\\pi} + 1 = 0`$',
      '- [x] Done',
      '<callout icon="💡">',
      '````typescript',
      '<td>3 kg</td>',
    ])
      expect(body.markdown).toContain(part)
    expect(body.markdown).toContain(`${sandbox.origin}/notion/files/diagram.png?expires=`)
    expect(body.markdown).not.toContain('Good morning')
    expect((await markdown(id, {}, '?include_transcript=true')).body.markdown).toContain('Good morning')
    const tags = [...body.markdown.matchAll(/<unknown [^>]*#(\w+)" alt="(\w+)"\/>/g)]
    expect(tags.map(([, bare]) => bare)).toEqual(body.unknown_block_ids.map((each: string) => each.replaceAll('-', '')))
    expect(tags.map(([, , type]) => type)).toContain('bookmark')
  })

  test('needs the newest version', async () => {
    const id = await idByTitle(sandbox, every)
    const { status, body } = await markdown(id, { version: '2025-09-03' })
    expect([status, body.code]).toEqual([400, 'validation_error'])
  })

  test('of a long page stops; the rest is asked for by its ids, and one of them is not shared', async () => {
    const { body } = await markdown(await idByTitle(sandbox, 'Bakery Handbook'))
    expect(body.truncated).toBe(true)
    expect(body.markdown).toContain('4. Hygiene')
    expect(body.markdown).not.toContain('Allergens')
    const parts = await Promise.all(body.unknown_block_ids.map((id: string) => markdown(id)))
    expect(parts.map((part) => part.status)).toEqual([...Array(6).fill(200), 404])
    expect(parts.at(0)!.body.markdown).toContain('Allergens, rule 8')
    expect(parts.at(-1)!.body.code).toBe('object_not_found')
    expect((await get(`/v1/blocks/${body.unknown_block_ids.at(-1)}/children`)).status).toBe(404)
  })

  test('cannot be had for some pages: no rendering, no permission, gone, empty', async () => {
    const blocksOnly = await idByTitle(sandbox, 'Notes that only come as blocks')
    expect((await markdown(blocksOnly)).status).toBe(400)
    expect((await get(`/v1/blocks/${blocksOnly}/children`)).body.results).toHaveLength(2)

    const restricted = await idByTitle(sandbox, 'Salaries (restricted)')
    expect((await get(`/v1/pages/${restricted}`)).status).toBe(200)
    for (const path of [`/v1/pages/${restricted}/markdown`, `/v1/blocks/${restricted}/children`]) {
      const { status, body } = await get(path)
      expect([status, body.code]).toEqual([403, 'restricted_resource'])
    }
    const gone = await idByTitle(sandbox, 'Deleted a minute ago')
    for (const path of [`/v1/pages/${gone}`, `/v1/pages/${gone}/markdown`, `/v1/blocks/${gone}`])
      expect((await get(path)).body.code).toBe('object_not_found')
    const { body } = await markdown(await idByTitle(sandbox, ''))
    expect(body).toMatchObject({ markdown: '', truncated: false, unknown_block_ids: [] })
  })
})

describe('databases', () => {
  const query = (id: string, body: object = {}, options = {}) =>
    all(sandbox, 'POST', `/v1/data_sources/${id}/query`, { ...body }, options)

  test('a database holds two data sources, and its rows say so', async () => {
    const products = await idByTitle(sandbox, 'Products')
    const source = (await get(`/v1/data_sources/${products}`)).body
    expect(source).toMatchObject({ object: 'data_source', parent: { type: 'database_id' } })
    const database = (await get(`/v1/databases/${source.parent.database_id}`)).body
    expect(database.data_sources.map((each: { name: string }) => each.name)).toEqual([
      'Products',
      'Suppliers — Lieferanten',
    ])
    expect((await get(`/v1/databases/${products}`)).status).toBe(404)
    expect((await get(`/v1/data_sources/${database.id}`)).body.message).toContain('is a database')
    expect((await get(`/v1/pages/${database.id}`)).body.message).toContain('is a database, not a page')
    expect((await get(`/v1/blocks/${database.id}`)).body.type).toBe('child_database')
    const [row] = (await post(`/v1/data_sources/${products}/query`, { page_size: 1 })).body.results
    expect(row.parent).toEqual({ type: 'data_source_id', data_source_id: products, database_id: database.id })
    expect(Object.keys(row.properties).sort()).toEqual(Object.keys(source.properties).sort())
    for (const [name, value] of Object.entries<{ id: string; type: string }>(row.properties))
      expect([value.id, value.type]).toEqual([source.properties[name].id, source.properties[name].type])
  })

  test('gives all 260 rows, twenty at a time', async () => {
    const { results, pages } = await query(await idByTitle(sandbox, 'Products'), { page_size: 100 })
    expect([results.length, pages]).toEqual([260, 13])
    expect(new Set(results.map((row) => row.id)).size).toBe(260)
  })

  test('sorts and filters', async () => {
    const id = await idByTitle(sandbox, 'Products')
    const { results: byPrice } = await query(id, { sorts: [{ property: 'Price', direction: 'descending' }] })
    const prices = byPrice.map((row) => row.properties.Price.number).filter((price) => price !== null)
    expect(prices).toEqual(prices.toSorted((a, b) => b - a))

    // The spec knows sorts by property alone; the official client's types have timestamps too.
    const sorts = [{ timestamp: 'created_time', direction: 'ascending' }]
    const oldest = await query(id, { sorts }, { outsideSpec: true })
    const times: string[] = oldest.results.map((row) => row.created_time)
    expect(times).toEqual(times.toSorted())
    const middle = times[100]!
    const later = await query(id, { filter: { timestamp: 'created_time', created_time: { on_or_after: middle } } })
    expect(later.results).toHaveLength(times.filter((time) => time >= middle).length)

    const filter = {
      and: [
        { property: 'In stock', checkbox: { equals: true } },
        {
          or: [
            { property: 'Category', select: { equals: 'Käse' } },
            { property: 'pric', number: { greater_than: 90 } },
          ],
        },
      ],
    }
    const { results } = await query(id, { filter })
    expect(results.length).toBeGreaterThan(10)
    for (const { properties } of results) {
      expect(properties['In stock'].checkbox).toBe(true)
      expect(properties.Category.select?.name === 'Käse' || properties.Price.number > 90).toBe(true)
    }
    expect(
      (await post(`/v1/data_sources/${id}/query`, { filter: { property: 'Nope', number: { equals: 1 } } })).status,
    ).toBe(400)
    expect(
      (await post(`/v1/data_sources/${id}/query`, { filter: { property: 'Price', checkbox: { equals: true } } }))
        .status,
    ).toBe(400)
  })

  test('filter_properties cuts the rows, and the limit is told', async () => {
    const id = await idByTitle(sandbox, 'Products')
    const { body } = await post(`/v1/data_sources/${id}/query?filter_properties=title&filter_properties=pric`, {
      page_size: 2,
    })
    expect(Object.keys(body.results[0].properties)).toEqual(['Name', 'Price'])
    sandbox.control.settings('notion', { queryResultLimit: 50 })
    const cut = await post(`/v1/data_sources/${id}/query`, {})
    expect(cut.body.request_status.type).toBe('incomplete')
    expect((await query(id)).results).toHaveLength(50)
    expect((await post(`/v1/data_sources/${id}/query`, { start_cursor: null }, invalid)).status).toBe(400)
  })
})

describe.skipIf(!spec)('against the OpenAPI file of the vendor', () => {
  test('every path of it that reads content was walked, and each exchange checked', () => {
    const reading = [
      '/v1/users/me',
      '/v1/search',
      '/v1/pages/{page_id}',
      '/v1/pages/{page_id}/markdown',
      '/v1/blocks/{block_id}',
      '/v1/blocks/{block_id}/children',
      '/v1/databases/{database_id}',
      '/v1/data_sources/{data_source_id}',
      '/v1/data_sources/{data_source_id}/query',
    ]
    expect(reading.filter((path) => !spec?.paths.includes(path))).toEqual([])
    expect(reading.filter((path) => !covered.has(path))).toEqual([])
  })

  test('the check can fail', () => {
    const exchange = { method: 'POST', path: '/v1/search', status: 200, responseBody: {} }
    expect(() => spec?.check({ ...exchange, requestBody: { page_size: 'ten' } })).toThrow('page_size')
    expect(() => spec?.check({ ...exchange, responseBody: [] })).toThrow('The answer 200')
    expect(() => spec?.check({ ...exchange, method: 'GET', path: '/v1/users/me?x=1' })).toThrow('no query parameter x')
    expect(spec?.check({ ...exchange, path: '/v1/oauth/token' })).toBeUndefined()
  })
})
