import { describe, expect, it } from 'vitest'
import { onedrive } from '../src/index.ts'
import { connect } from './connect.ts'
import { account, file, type ScriptedGraph, startScriptedGraph } from './scripted-graph.ts'

const leaks = (foreign: ScriptedGraph) => foreign.asked.filter(({ headers }) => headers.authorization !== undefined)

describe("OneDrive fetches a caller's `next_link` with the bearer token (token leak)", () => {
  it.each([
    'http://FOREIGN/v1.0/me/drive/root/KIND',
    '//FOREIGN/v1.0/me/drive/root/KIND',
    '/\\FOREIGN/v1.0/me/drive/root/KIND',
    '@FOREIGN/v1.0/me/drive/root/KIND',
    '/../../me/drive/root/KIND',
    '/%2e%2e/beta/me/drive/root/KIND',
    '/me/drive/root/../root/KIND',
    '/me/drive/root/\tKIND',
    '/me/messages',
    '/me/drive/root/KIND#/KIND',
    '/me/drive/items/A/content?/KIND',
    '',
  ])('here what is no part of a link of ours (%j) is refused, and nobody is asked', async (kept) => {
    await using foreign = await startScriptedGraph(() => ({ body: { value: [] } }))
    await using graph = await startScriptedGraph(() => ({ body: { value: [] } }))
    const cursor = (kind: string) => kept.replace('FOREIGN', new URL(foreign.origin).host).replaceAll('KIND', kind)
    const ctx = connect(`${graph.origin}/v1.0`)
    for (const ask of [
      () => onedrive.listFolder(ctx, { cursor: `|${cursor('children')}` }),
      () => onedrive.listFolder(ctx, { cursor: cursor('children') }),
      () => onedrive.changes(ctx, { cursor: cursor('delta') }),
    ])
      await expect(ask()).rejects.toMatchObject({ code: 'invalid_request' })
    expect([...graph.asked, ...foreign.asked]).toEqual([])
  })

  it.each(['not-an-id!/|', '../x|', 'b!x?|', '|/me/drive/root/delta?', '|/me/drives?'])(
    'here a cursor of something else (%j) is refused',
    async (start) => {
      await using graph = await startScriptedGraph(() => ({ body: { value: [] } }))
      const cursor = start.includes('/me/') ? start : `${start}/me/drive/root/children`
      const listing = onedrive.listFolder(connect(`${graph.origin}/v1.0`), { cursor })
      await expect(listing).rejects.toMatchObject({ code: 'invalid_request' })
      expect(graph.asked).toEqual([])
    },
  )

  it('nor does a base without a path let a cursor out', async () => {
    await using foreign = await startScriptedGraph(() => ({ body: { value: [] } }))
    await using graph = await startScriptedGraph(() => ({ body: { value: [] } }))
    const cursor = `|@${new URL(foreign.origin).host}/me/drive/root/children`
    const listing = onedrive.listFolder(connect(graph.origin), { cursor })
    await expect(listing).rejects.toMatchObject({ code: 'invalid_request' })
    expect([...graph.asked, ...foreign.asked]).toEqual([])
  })
})

describe('a link of an answer', () => {
  it.each([
    (_own: string, foreign: string) => `${foreign}/v1.0/me/drive/root/children?$skiptoken=1`,
    (own: string) => `${own}/beta/me/drive/root/children?$skiptoken=1`,
    (own: string) => `${own}/v1.0/../beta/me/drive/root/children?$skiptoken=1`,
    (own: string) => `${own}/v1.0.evil/me/drive/root/children?$skiptoken=1`,
    (own: string) => `${own}/v1.0/me/messages?$skiptoken=1`,
    (own: string) => `${own.replace('//', '//user:pass@')}/v1.0/me/drive/root/children?$skiptoken=1`,
    (own: string) => `${own.replace('http:', 'https:')}/v1.0/me/drive/root/children`,
    () => '/v1.0/me/drive/root/children?$skiptoken=1',
  ])('to another place is an error, and is not followed (%#)', async (linkOf) => {
    await using foreign = await startScriptedGraph(() => ({ body: { value: [] } }))
    const answer = account((_asked, origin) => {
      const link = linkOf(origin, foreign.origin)
      return {
        body: { value: [file('A')], '@odata.nextLink': link, '@odata.deltaLink': link.replace('children', 'delta') },
      }
    })
    await using graph = await startScriptedGraph((asked, origin) =>
      answer({ ...asked, path: asked.path.replace(/^\/v1\.0/, '') }, origin),
    )
    const ctx = connect(`${graph.origin}/v1.0`)
    await expect(onedrive.listFolder(ctx, {})).rejects.toMatchObject({ code: 'invalid_response' })
    await expect(onedrive.changes(ctx, {})).rejects.toMatchObject({ code: 'invalid_response' })
    expect(foreign.asked).toEqual([])
  })

  it('below the endpoint is followed as it is', async () => {
    const answer = account(({ path }, origin) =>
      path.includes('skip')
        ? { body: { value: [file('B')] } }
        : {
            body: {
              value: [],
              '@odata.nextLink': `${origin}/v1.0/drives('b!own')/root/children?$skiptoken=a%2Bb&x='1'`,
            },
          },
    )
    await using graph = await startScriptedGraph((asked, origin) =>
      answer({ ...asked, path: asked.path.replace(/^\/v1\.0/, '') }, origin),
    )
    const ctx = connect(`${graph.origin}/v1.0/`)
    const { nextCursor } = await onedrive.listFolder(ctx, {})
    expect((await onedrive.listFolder(ctx, { cursor: nextCursor! })).entries).toHaveLength(1)
    expect(graph.asked.at(-1)?.path).toBe("/v1.0/drives('b!own')/root/children?$skiptoken=a%2Bb&x=%271%27")
  })

  it('that redirects to another host takes no token there', async () => {
    await using foreign = await startScriptedGraph(() => ({ body: { value: [] } }))
    await using graph = await startScriptedGraph(
      account(() => ({ status: 302, headers: { location: `${foreign.origin}/children` } })),
    )
    await onedrive.listFolder(connect(graph.origin), {})
    expect(foreign.asked).toHaveLength(1)
    expect(leaks(foreign)).toEqual([])
  })
})
