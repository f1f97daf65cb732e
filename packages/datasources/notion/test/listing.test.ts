import { describe, expect, it } from 'vitest'
import { notion } from '../src/index.ts'
import { connect } from './connect.ts'
import { block, failure, id, listing, page, startScriptedNotion, words } from './scripted-notion.ts'

describe('a listing', () => {
  it('tells pages and data sources apart, skips the trash, and stands partial objects', async () => {
    await using server = await startScriptedNotion(() =>
      listing([
        page(1, '', { icon: { type: 'emoji', emoji: '📗' } }),
        page(2, 'Gone', { in_trash: true }),
        { object: 'page', id: id(3) },
        page(6, 'Signed', { icon: { type: 'external', external: { url: 'https://s3.test/a?X-Amz-Signature=1' } } }),
        {
          object: 'data_source',
          id: id(4),
          title: words('Tasks'),
          properties: { Name: { type: 'title', title: {} } },
          parent: { type: 'database_id', database_id: id(40) },
          database_parent: { type: 'page_id', page_id: id(1) },
          icon: { type: 'external', external: { url: 'https://x.test/i.png' } },
        },
        page(5, 'Row', {
          parent: { type: 'data_source_id', data_source_id: id(4), database_id: id(40) },
          icon: { type: 'file', file: { url: 'https://s3.test/a?X-Amz-Signature=1', expiry_time: 'x' } },
        }),
      ]),
    )
    const { pages, nextCursor } = await notion.listPages(connect(server.origin), {})
    expect(pages.map(({ id, type, title, icon, parentId }) => [id, type, title, icon, parentId])).toEqual([
      [id(1), 'page', 'Untitled', '📗', null],
      [id(3), 'page', 'Untitled', null, null],
      [id(6), 'page', 'Signed', null, null],
      [id(4), 'data_source', 'Tasks', 'https://x.test/i.png', id(1)],
      [id(5), 'page', 'Row', null, id(4)],
    ])
    expect(nextCursor).toBeNull()
    expect(server.asked[0]?.json).not.toHaveProperty('start_cursor')
    expect(server.asked[0]?.json).not.toHaveProperty('filter')
  })

  it('follows a parent block up to its page, once each, and hangs what cannot be followed under the root', async () => {
    const inBlock = (number: number, parent: number) =>
      page(number, 'x', { parent: { type: 'block_id', block_id: id(parent) } })
    await using server = await startScriptedNotion(({ path }) => {
      if (path === '/v1/search') return listing([inBlock(1, 20), inBlock(2, 20), inBlock(3, 30), inBlock(4, 40)])
      if (path.endsWith(id(20)))
        return { body: block(20, 'column', {}, { parent: { type: 'block_id', block_id: id(21) } }) }
      if (path.endsWith(id(21)))
        return { body: block(21, 'column_list', {}, { parent: { type: 'page_id', page_id: id(9) } }) }
      // Its own parent: a ring.
      if (path.endsWith(id(40)))
        return { body: block(40, 'toggle', {}, { parent: { type: 'block_id', block_id: id(40) } }) }
      return failure(404, 'object_not_found')
    })
    const { pages } = await notion.listPages(connect(server.origin), {})
    expect(pages.map((entry) => entry.parentId)).toEqual([id(9), id(9), null, null])
    expect(server.asked).toHaveLength(1 + 4)
  })

  it('that Notion cuts gives all its pages and then an error', async () => {
    await using server = await startScriptedNotion(({ json }) =>
      json.start_cursor
        ? listing([page(2, 'b')])
        : listing([page(1, 'a')], 'two', {
            request_status: { type: 'incomplete', incomplete_reason: 'query_result_limit_reached' },
          }),
    )
    const ctx = connect(server.origin)
    const titles: string[] = []
    let cursor: string | null = null
    const walk = async () => {
      do {
        const { pages, nextCursor } = await notion.listPages(ctx, cursor === null ? {} : { cursor })
        titles.push(...pages.map((entry) => entry.title))
        cursor = nextCursor
      } while (cursor !== null)
    }
    await expect(walk()).rejects.toMatchObject({ code: 'content_unavailable' })
    expect(titles).toEqual(['a', 'b'])
  })

  it('with a cursor that is not its own, or that Notion forgot, must start over', async () => {
    await using server = await startScriptedNotion(() => failure(400, 'validation_error', 'start_cursor is unknown'))
    const ctx = connect(server.origin)
    await expect(notion.listPages(ctx, { cursor: 'x' })).rejects.toMatchObject({ code: 'cursor_expired' })
    await expect(notion.listPages(ctx, { cursor: '0:x' })).rejects.toMatchObject({ code: 'cursor_expired' })
  })

  it('asks again after a rate limit and after a broken answer, although it is a POST', async () => {
    let times = 0
    await using server = await startScriptedNotion(() => {
      times++
      if (times === 1) return { ...failure(429, 'rate_limited'), headers: { 'retry-after': '0' } }
      return times === 2 ? failure(503, 'service_unavailable') : listing([page(1, 'a')])
    })
    const { pages } = await notion.listPages(connect(server.origin, 'ntn_good', { baseMs: 1 }), {})
    expect(pages).toHaveLength(1)
    expect(server.asked).toHaveLength(3)
  })

  it('says how long to wait when the host waits no longer', async () => {
    const limited = failure(429, 'rate_limited', 'Slow down.', { retry_after: '49' })
    await using server = await startScriptedNotion(() => limited)
    const listing = notion.listPages(connect(server.origin), {})
    await expect(listing).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 49_000 })
  })

  it('that breaks off in the middle of an answer is an error', async () => {
    await using server = await startScriptedNotion(() => ({ ...listing([page(1, 'a')]), breakOff: true }))
    await expect(notion.listPages(connect(server.origin), {})).rejects.toMatchObject({ code: 'provider_unavailable' })
  })

  it('ends at once when it is cancelled', async () => {
    const controller = new AbortController()
    await using server = await startScriptedNotion(() => {
      controller.abort()
      return listing([page(1, 'a', { parent: { type: 'block_id', block_id: id(2) } })])
    })
    const listed = notion.listPages(connect(server.origin, 'ntn_good', { tries: 1 }, controller.signal), {})
    await expect(listed).rejects.toMatchObject({ code: 'cancelled' })
  })

  it.each([
    ['HTML 403 of the edge', { status: 403, body: '<html>blocked</html>' }, 'provider_unavailable'],
    ['a wrong key', failure(401, 'unauthorized', 'API token is invalid.'), 'unauthorized'],
    ['a success that is not JSON', { body: '<html>' }, 'invalid_response'],
    ['a success of another form', { body: { results: 'none', has_more: false } }, 'invalid_response'],
    ['no word on whether there is more', { body: { results: [] } }, 'invalid_response'],
  ])('after %s is an error, never an empty list', async (_, answer, code) => {
    await using server = await startScriptedNotion(() => answer)
    await expect(notion.listPages(connect(server.origin), {})).rejects.toMatchObject({ code })
  })
})

describe('identify', () => {
  const me = (bot: unknown, more: object = {}) => ({
    body: { object: 'user', id: id(8), type: 'bot', name: 'My bot', bot, ...more },
  })
  const tokenInfo = {
    bot_id: id(8),
    workspace_id: 'w1',
    workspace_name: 'Acme',
    workspace_icon: 'https://x.test/i.png',
    owner: { type: 'user', user: { object: 'user', id: 'u1' } },
  }

  it.each<[string, unknown, Record<string, unknown>, object]>([
    [
      'an internal connection is its workspace',
      { owner: { type: 'workspace', workspace: true }, workspace_id: 'w1', workspace_name: 'Acme' },
      {},
      { accountId: 'w1', grantKey: id(8), name: 'Acme', avatarUrl: null },
    ],
    [
      'a grant is the user in the workspace',
      {
        owner: { type: 'user', user: { object: 'user', id: 'u1', name: 'Ada' } },
        workspace_id: 'w1',
        workspace_name: 'Acme',
      },
      { workspace_icon: '🏢' },
      { accountId: 'w1:u1', grantKey: id(8), name: 'Acme', avatarUrl: null },
    ],
    [
      'what the bot leaves out comes from the token answer',
      {},
      tokenInfo,
      { accountId: 'w1:u1', name: 'Acme', avatarUrl: 'https://x.test/i.png' },
    ],
    [
      'a bot that says nothing stands for itself',
      {},
      {},
      { accountId: `bot:${id(8)}`, name: 'My bot', avatarUrl: null },
    ],
  ])('%s', async (_, bot, info, account) => {
    await using server = await startScriptedNotion(() => me(bot))
    expect(await notion.identify(connect(server.origin), info)).toMatchObject(account)
    expect(server.asked.map((asked) => asked.path)).toEqual(['/v1/users/me'])
  })
})
