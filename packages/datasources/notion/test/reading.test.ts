import { describe, expect, it } from 'vitest'
import { notion } from '../src/index.ts'
import { connect, textOf } from './connect.ts'
import {
  type Answer,
  type Asked,
  block,
  failure,
  id,
  listing,
  page,
  startScriptedNotion,
  words,
} from './scripted-notion.ts'

type Script = Readonly<Record<string, Answer | ((asked: Asked) => Answer)>>

/** Answers by "METHOD /path" without the query; 404 for the rest. */
async function scripted(script: Script) {
  return startScriptedNotion((asked) => {
    const answer = script[`${asked.method} ${asked.path.split('?')[0]}`]
    if (!answer) return failure(404, 'object_not_found', 'Could not find it.')
    return typeof answer === 'function' ? answer(asked) : answer
  })
}
const pagePath = `GET /v1/pages/${id(1)}`
const markdown = (content: string, more: object = {}): Answer => ({
  body: { object: 'page_markdown', id: id(1), markdown: content, truncated: false, unknown_block_ids: [], ...more },
})
const children = (number: number) => `GET /v1/blocks/${id(number)}/children`

describe('a page', () => {
  it('is read by the markdown endpoint, with its values', async () => {
    const row = page(1, 'Plan', {
      icon: { type: 'file', file: { url: 'https://s3.test/x?X-Amz-Signature=1' } },
      properties: {
        Name: { id: 'title', type: 'title', title: words('Plan') },
        Stage: { id: 'a', type: 'status', status: { name: 'Doing' } },
      },
    })
    await using server = await scripted({ [pagePath]: { body: row }, [`${pagePath}/markdown`]: markdown('# Hi') })
    const read = await notion.readPage(connect(server.origin), { id: id(1), type: 'page' })
    expect(read).toMatchObject({ title: 'Plan', content: '# Hi', mimeType: 'text/markdown', icon: null, warnings: [] })
    expect(read.metadata).toEqual({ properties: { Stage: 'Doing' } })
    expect(server.asked.map((asked) => asked.headers['notion-version'])).toEqual(['2026-03-11', '2026-03-11'])
    expect(server.asked[1]?.path).toContain('include_transcript=false')
  })

  it('that is empty is empty, not an error', async () => {
    await using server = await scripted({ [pagePath]: { body: page(1, '') }, [`${pagePath}/markdown`]: markdown('') })
    const read = await notion.readPage(connect(server.origin), { id: id(1), type: 'page' })
    expect(read).toMatchObject({ title: 'Untitled', content: '' })
  })

  it('that was cut is completed, part by part, each in its place', async () => {
    await using server = await scripted({
      [pagePath]: { body: page(1, 'Long') },
      [`${pagePath}/markdown`]: markdown(
        `start\n  <unknown url="https://www.notion.so/p#${id(2).replaceAll('-', '')}" alt="toggle"/>\nend`,
        { truncated: true, unknown_block_ids: [id(2), id(3), id(4)] },
      ),
      [`GET /v1/pages/${id(2)}/markdown`]: markdown('two\nlines', { truncated: true, unknown_block_ids: [id(5)] }),
      [`GET /v1/pages/${id(3)}/markdown`]: markdown('three'),
      [`GET /v1/pages/${id(5)}/markdown`]: markdown('five'),
    })
    const read = await notion.readPage(connect(server.origin), { id: id(1), type: 'page' })
    expect(read.content).toBe('start\n  two\n  lines\n  \n  five\nend\n\nthree')
    expect(read.warnings).toEqual(['A part of this page is not shared with the connection.'])
  })

  it.each<[string, Answer]>([
    ['an API without it (404)', failure(404, 'object_not_found')],
    ['an API that does not know the URL', failure(400, 'invalid_request_url')],
    ['a refusal', failure(400, 'validation_error')],
    ['501', { status: 501, body: 'Not implemented' }],
    ['a cut without a word on what is missing', markdown('half', { truncated: true })],
  ])('is read by its blocks after %s', async (_, answer) => {
    await using server = await scripted({
      [pagePath]: { body: page(1, 'Plan') },
      [`${pagePath}/markdown`]: answer,
      [children(1)]: ({ path }) =>
        path.includes('start_cursor=more')
          ? listing([block(4, 'child_page', { title: 'Own page' }, { has_children: true })])
          : listing([block(2, 'toggle', { rich_text: words('open') }, { has_children: true })], 'more'),
      [children(2)]: listing([block(3, 'paragraph', { rich_text: words('inside') })]),
    })
    const read = await notion.readPage(connect(server.origin), { id: id(1), type: 'page' })
    expect(read.content).toBe(
      '- open\n\n  inside\n\n[Own page](https://www.notion.so/00000000000040008000000000000004)',
    )
    expect(server.asked.some((asked) => asked.path.includes(`${id(4)}/children`))).toBe(false)
    expect(server.asked.find((asked) => asked.path.includes('/children'))?.path).not.toContain('start_cursor')
  })

  it('with a synced block, meeting notes and something unsupported gives what it can and says what it cannot', async () => {
    await using server = await scripted({
      [pagePath]: { body: page(1, 'Plan') },
      [children(1)]: listing([
        block(2, 'synced_block', { synced_from: { type: 'block_id', block_id: id(20) } }, { has_children: true }),
        block(3, 'synced_block', { synced_from: { type: 'block_id', block_id: id(99) } }, { has_children: true }),
        block(4, 'meeting_notes', {
          title: words('Weekly'),
          children: { notes_block_id: id(40), transcript_block_id: id(41) },
        }),
        block(5, 'unsupported', { block_type: 'form' }),
      ]),
      [children(20)]: listing([
        block(21, 'paragraph', { rich_text: words('original') }),
        block(22, 'synced_block', { synced_from: { type: 'block_id', block_id: id(20) } }, { has_children: true }),
      ]),
      [children(40)]: listing([block(42, 'paragraph', { rich_text: words('notes') })]),
    })
    const read = await notion.readPage(connect(server.origin), { id: id(1), type: 'page' })
    expect(read.content).toBe('original\n\nWeekly\n\nnotes')
    expect(read.warnings).toHaveLength(2)
    expect(server.asked.some((asked) => asked.path.includes(id(41)))).toBe(false)
  })

  it('whose part the endpoint cannot render has that part read by its blocks', async () => {
    await using server = await scripted({
      [pagePath]: { body: page(1, 'Plan') },
      [`${pagePath}/markdown`]: markdown('top', { unknown_block_ids: [id(2)] }),
      [`GET /v1/pages/${id(2)}/markdown`]: markdown('<unknown/>', { unknown_block_ids: [id(2)] }),
      [`GET /v1/blocks/${id(2)}`]: { body: block(2, 'paragraph', { rich_text: words('two') }) },
    })
    expect((await notion.readPage(connect(server.origin), { id: id(1), type: 'page' })).content).toBe('top\n\ntwo')
  })

  it.each<[string, Script, string]>([
    ['that does not exist', {}, 'not_found'],
    [
      'in the trash',
      { [pagePath]: { body: page(1, 'x', { in_trash: true }) }, [`${pagePath}/markdown`]: markdown('x') },
      'not_found',
    ],
    [
      'without the capability',
      { [pagePath]: { body: page(1, 'x') }, [`${pagePath}/markdown`]: failure(403, 'restricted_resource') },
      'missing_scope',
    ],
    ['with a malformed answer', { [pagePath]: { body: '{"object":' } }, 'invalid_response'],
    [
      'with a markdown answer of another form',
      { [pagePath]: { body: page(1, 'x') }, [`${pagePath}/markdown`]: { body: { markdown: null } } },
      'invalid_response',
    ],
    [
      'whose blocks go on without a cursor',
      {
        [pagePath]: { body: page(1, 'x') },
        [children(1)]: { body: { results: [], has_more: true, next_cursor: null } },
      },
      'invalid_response',
    ],
    [
      'whose blocks go round in a circle',
      { [pagePath]: { body: page(1, 'x') }, [children(1)]: listing([], 'same') },
      'invalid_response',
    ],
  ])('%s is an error', async (_, script, code) => {
    await using server = await scripted(script)
    await expect(notion.readPage(connect(server.origin), { id: id(1), type: 'page' })).rejects.toMatchObject({ code })
  })

  it.each(['../users', 'a/b', '', 'x?y'])('never asks for the id %j', async (bad) => {
    await using server = await scripted({})
    const reading = notion.readPage(connect(server.origin), { id: bad })
    await expect(reading).rejects.toMatchObject({ code: 'invalid_request' })
    expect(server.asked).toEqual([])
  })
})

describe('a data source', () => {
  const schema = { Stage: { id: 's', type: 'status' }, Name: { id: 'title', type: 'title' } }
  const source = {
    object: 'data_source',
    id: id(1),
    title: words('Tasks'),
    properties: schema,
    parent: { type: 'database_id', database_id: id(9) },
  }
  const sourcePath = `GET /v1/data_sources/${id(1)}`
  const queryPath = `POST /v1/data_sources/${id(1)}/query`
  const row = (number: number, created: string, more: object = {}) =>
    page(number, `Row ${number}`, { created_time: created, ...more })

  it('is found without its type, and a page type that fits nothing is refused', async () => {
    await using server = await scripted({ [sourcePath]: { body: source }, [queryPath]: listing([]) })
    const read = await notion.readPage(connect(server.origin), { id: id(1) })
    expect(read).toMatchObject({ type: 'data_source', title: 'Tasks' })
    expect(await textOf(read.content)).toBe('| Name | Stage |\n| --- | --- |\n')
    await expect(notion.readPage(connect(server.origin), { id: id(1), type: 'user' })).rejects.toMatchObject({
      code: 'invalid_request',
    })
    await expect(notion.readPage(connect(server.origin), { id: id(2) })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('whose query is cut at the limit goes on from the last creation time, each row once', async () => {
    // A query gives 5 results at most here; three rows share a minute across the cut.
    const times = ['00:01', '00:02', '00:03', '00:04', '00:04', '00:04', '00:05', '00:06', '00:07']
    const all = times.map((time, index) => row(100 + index, `2026-01-01T${time}:00.000Z`))
    await using server = await scripted({
      [sourcePath]: { body: source },
      [queryPath]: ({ json }) => {
        const from =
          (json.filter as { created_time: { on_or_after: string } } | undefined)?.created_time.on_or_after ?? ''
        const matching = all.filter((one) => one.created_time >= from)
        const start = Number(json.start_cursor ?? 0)
        const end = Math.min(start + 2, 5)
        const more = end < Math.min(matching.length, 5)
        const cut = matching.length > 5
        return listing(
          matching.slice(start, end),
          more ? String(end) : null,
          cut && !more ? { request_status: { type: 'incomplete' } } : {},
        )
      },
    })
    const read = await notion.readPage(connect(server.origin), { id: id(1), type: 'data_source' })
    const lines = (await textOf(read.content)).trim().split('\n').slice(2)
    expect(lines.map((line) => /Row (\d+)/.exec(line)?.[1])).toEqual(all.map((_, index) => String(100 + index)))
  })

  it.each<[string, Record<string, unknown>[]]>([
    ['share one creation time', [row(1, '2026-01-01T00:01:00.000Z'), row(2, '2026-01-01T00:01:00.000Z')]],
    ['come in no order', [row(1, '2026-01-01T00:02:00.000Z'), row(2, '2026-01-01T00:01:00.000Z')]],
    ['have no creation time', [{ object: 'page', id: id(1) }]],
  ])('whose query is cut and whose rows %s ends in an error', async (_, rows) => {
    await using server = await scripted({
      [sourcePath]: { body: source },
      [queryPath]: ({ json }) => {
        // With a window that starts at the latest row, everything seems whole.
        const from = (json.filter as { created_time: { on_or_after: string } } | undefined)?.created_time.on_or_after
        if (from === '2026-01-01T00:02:00.000Z') return listing([])
        return listing(rows, null, {
          request_status: { type: 'incomplete', incomplete_reason: 'query_result_limit_reached' },
        })
      },
    })
    const read = await notion.readPage(connect(server.origin), { id: id(1), type: 'data_source' })
    await expect(textOf(read.content)).rejects.toMatchObject({ code: 'content_unavailable' })
  })

  it('that breaks on a later page throws, and gives no whole', async () => {
    await using server = await scripted({
      [sourcePath]: { body: source },
      [queryPath]: ({ json }) =>
        json.start_cursor
          ? failure(400, 'validation_error', 'start_cursor is not valid')
          : listing([row(1, '2026-01-01T00:01:00.000Z')], 'next'),
    })
    const read = await notion.readPage(connect(server.origin), { id: id(1), type: 'data_source' })
    await expect(textOf(read.content)).rejects.toMatchObject({ code: 'cursor_expired' })
  })

  it('as a database with two of them gives both tables under their names', async () => {
    const other = { ...source, id: id(2), title: words('Bugs') }
    await using server = await scripted({
      [`GET /v1/databases/${id(9)}`]: {
        body: { object: 'database', id: id(9), title: words('Work'), data_sources: [{ id: id(1) }, { id: id(2) }] },
      },
      [sourcePath]: { body: source },
      [`GET /v1/data_sources/${id(2)}`]: { body: other },
      [queryPath]: listing([row(5, '2026-01-01T00:01:00.000Z')]),
      [`POST /v1/data_sources/${id(2)}/query`]: listing([]),
    })
    const read = await notion.readPage(connect(server.origin), { id: id(9), type: 'database' })
    expect(read.title).toBe('Work')
    expect(await textOf(read.content)).toBe(
      '## Tasks\n\n| Name | Stage |\n| --- | --- |\n| [Row 5](https://www.notion.so/5) |  |\n\n## Bugs\n\n| Name | Stage |\n| --- | --- |\n',
    )
  })

  it('renders each type of property, and reads long ones to their end', async () => {
    const user = { object: 'user', id: 'u1', name: 'Ada' }
    const types: Record<string, [unknown, string]> = {
      rich_text: [words('a|b\nc'), 'a\\|b<br>c'],
      number: [0, '0'],
      select: [{ name: 'S' }, 'S'],
      multi_select: [[{ name: 'x' }, { name: 'y' }], 'x, y'],
      status: [null, ''],
      date: [{ start: '2026-01-01', end: null }, '2026-01-01'],
      people: [[user, { object: 'user', id: 'u2' }], 'Ada, u2'],
      files: [
        [
          { type: 'external', name: 'e', external: { url: 'https://x.test/e' } },
          { type: 'file', name: 'f.pdf', file: { url: 'https://s3.test/f?X-Amz-Signature=1' } },
        ],
        '[e](https://x.test/e), f.pdf',
      ],
      checkbox: [true, 'Yes'],
      url: ['https://x.test', 'https://x.test'],
      email: ['a@b.test', 'a@b.test'],
      phone_number: [null, ''],
      formula: [{ type: 'number', number: 4 }, '4'],
      relation: [[{ id: id(3) }], `[${id(3)}](https://www.notion.so/${id(3).replaceAll('-', '')})`],
      rollup: [
        {
          type: 'array',
          array: [
            { type: 'number', number: 1 },
            { type: 'title', title: words('t') },
          ],
        },
        '1, t',
      ],
      created_time: ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'],
      created_by: [user, 'Ada'],
      last_edited_time: ['2026-01-02T00:00:00.000Z', '2026-01-02T00:00:00.000Z'],
      last_edited_by: [user, 'Ada'],
      unique_id: [{ prefix: 'TASK', number: 7 }, 'TASK-7'],
      verification: [{ state: 'verified' }, 'verified'],
      place: [{ lat: 1.5, lon: 2, name: 'Pier', address: 'Dock 1' }, 'Pier, Dock 1'],
      button: [{}, ''],
    }
    const long = Array.from({ length: 30 }, (_, index) => ({ id: id(500 + index) }))
    const properties = {
      Name: { id: 'title', type: 'title', title: words('Row') },
      ...Object.fromEntries(Object.entries(types).map(([type, [value]]) => [type, { id: type, type, [type]: value }])),
      long: { id: '%3AUPp', type: 'relation', relation: long.slice(0, 20), has_more: true },
      crowd: { id: 'crowd', type: 'people', people: long.slice(0, 25) },
    }
    await using server = await scripted({
      [sourcePath]: { body: { ...source, properties } },
      [queryPath]: listing([page(4, 'Row', { properties })]),
      [`GET /v1/pages/${id(4)}/properties/%3AUPp`]: ({ path }) => {
        const items = long.map((relation) => ({ object: 'property_item', type: 'relation', id: '%3AUPp', relation }))
        return path.includes('start_cursor=rest') ? listing(items.slice(25)) : listing(items.slice(0, 25), 'rest')
      },
      [`GET /v1/pages/${id(4)}/properties/crowd`]: listing(
        long.map((people) => ({ object: 'property_item', type: 'people', id: 'crowd', people })),
      ),
    })
    const read = await notion.readPage(connect(server.origin), { id: id(1), type: 'data_source' })
    const line = (await textOf(read.content)).trim().split('\n')[2] ?? ''
    const cells = line.slice(2, -2).split(/(?<!\\) \| /)
    expect(cells.slice(1, -2)).toEqual(Object.values(types).map(([, shown]) => shown))
    expect(cells.at(-2)?.split(', ')).toHaveLength(30)
    expect(cells.at(-1)?.split(', ')).toEqual(long.map((user) => user.id))
  })
})
