import { createHash } from 'node:crypto'
import { document, event, run } from '@wellhead/client/schema'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiHouse, openApiHouse, until } from './house.ts'
import { longText } from './notes.ts'

let house: ApiHouse
let client: Awaited<ReturnType<ApiHouse['client']>>
let connectionId: string
const scopes = ['connections:read', 'connections:write', 'runs:read', 'runs:write', 'events:read'] as const
const code = (wanted: string) => expect.objectContaining({ code: wanted })

beforeAll(async () => {
  house = await openApiHouse({ heartbeatMs: 50 })
  client = await house.client(scopes)
  const made = await client.connections.create({ body: { data_source: 'notes', api_key: house.provider.key } })
  connectionId = made.id
})
afterAll(() => house?.[Symbol.asyncDispose]())

const read = (...ids: string[]) =>
  client.runs.create({
    body: { data_source: 'notes', operation: 'read_pages', parameters: { pages: ids.map((id) => ({ id })) } },
  })

describe('a run', () => {
  it('is followed by events to its end, and once more from any of them', async () => {
    const made = await read('1', '2')
    expect(run.parse(made)).toEqual(made)
    expect(made).toMatchObject({ status: 'queued', connection_id: connectionId, finished_at: null })
    const seen = []
    for await (const it of client.runs.events(made.id)) seen.push(it)
    expect(seen.map((it) => event.parse(it))).toEqual(seen)
    expect(seen[0]?.type).toBe('run.started')
    expect(seen.at(-1)?.type).toBe('run.completed')
    const positions = seen.map(({ position }) => position)
    expect(positions).toEqual([...positions].sort((a, b) => a - b))

    const again = []
    for await (const it of client.runs.events(made.id, { after: positions[0] as number })) again.push(it)
    expect(again).toEqual(seen.slice(1))
    const after = await fetch(`${house.url}/v1/runs/${made.id}/events`, {
      headers: { authorization: `Bearer ${await house.token(scopes)}`, 'last-event-id': String(positions.at(-1)) },
    })
    expect(after.status).toBe(204)
    expect(await client.runs.get({ params: { id: made.id } })).toMatchObject({ status: 'completed', document_count: 2 })
    await expect(client.runs.cancel({ params: { id: made.id } })).rejects.toEqual(code('run_finished'))
    expect((await client.runs.list({ query: { connection_id: connectionId } })).items.map(({ id }) => id)).toContain(
      made.id,
    )
  })

  it('gives its documents by pages', async () => {
    const { id } = await read('1', '2', '3')
    for await (const _ of client.runs.events(id));
    const first = await client.runs.documents({ params: { id }, query: { limit: 2 } })
    expect(first.items.map((it) => document.parse(it))).toEqual(first.items)
    expect(first.items.map(({ sequence, text }) => [sequence, text])).toEqual([
      [1, '# Note 1\n'],
      [2, '# Note 2\n'],
    ])
    const second = await client.runs.documents({ params: { id }, query: { cursor: first.next_cursor as string } })
    expect(second.items.map(({ external_id }) => external_id)).toEqual(['3'])
    expect(second.next_cursor).toBeNull()
    await expect(client.runs.documents({ params: { id }, query: { cursor: 'x' } })).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [{ path: 'cursor' }],
    })
    await expect(client.runs.documents({ params: { id: 'run_unknown' } })).rejects.toEqual(code('run_not_found'))
    const other = await fetch(`${house.url}/v1/runs/${id}/documents`, {
      headers: { authorization: `Bearer ${await house.token(scopes)}`, accept: 'text/csv' },
    })
    expect([other.status, await other.json()]).toEqual([406, code('not_acceptable')])
  })

  it('gives its documents line by line while it goes on, and then itself', async () => {
    const { id } = await read('1', '2', '3')
    const lines = await Array.fromAsync(client.runs.followDocuments(id))
    expect(lines.map((line) => ('document' in line ? line.document.sequence : line.run.status))).toEqual([
      1,
      2,
      3,
      'completed',
    ])
    const rest = await Array.fromAsync(client.runs.followDocuments(id, { cursor: '2' }))
    expect(rest).toHaveLength(2)
  })

  it('is refused with a code when it cannot be made', async () => {
    const create = (body: object) => client.runs.create({ body: body as never }).catch((error: unknown) => error)
    expect(await create({ data_source: 'notes', operation: 'fly' })).toMatchObject({ errors: [{ path: 'operation' }] })
    expect(await create({ data_source: 'notes', operation: 'crawl' })).toEqual(code('operation_not_supported'))
    expect(await create({ data_source: 'other', operation: 'list_pages' })).toEqual(code('data_source_not_found'))
    expect(await create({ data_source: 'notes', operation: 'list_pages', parameters: { limit: 0 } })).toEqual(
      code('invalid_parameters'),
    )
    expect(await create({ data_source: 'notes', operation: 'list_pages', cursor: 'x' })).toEqual(code('invalid_cursor'))
    expect(await create({ data_source: 'notes', operation: 'list_pages', connection_id: 'con_unknown' })).toEqual(
      code('connection_not_found'),
    )
    await expect(client.runs.get({ params: { id: 'run_unknown' } })).rejects.toEqual(code('run_not_found'))
  })
})

describe('the content of a document', () => {
  const bytes = new TextEncoder().encode(longText)
  let url: string
  let headers: Record<string, string>
  let etag: string

  beforeAll(async () => {
    const { id } = await read('long', '1')
    for await (const _ of client.runs.events(id));
    const { items } = await client.runs.documents({ params: { id } })
    const long = items.find(({ external_id }) => external_id === 'long')
    expect(long).toMatchObject({ text: null, size: bytes.length })
    url = long?.content_url as string
    headers = { authorization: `Bearer ${await house.token(['runs:read'])}` }
  })

  it('is whole, as a file that no browser runs', async () => {
    const response = await fetch(url, { headers })
    expect(response.status).toBe(200)
    const body = new Uint8Array(await response.arrayBuffer())
    expect(createHash('sha256').update(body).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(response.headers.get('content-length')).toBe(String(bytes.length))
    expect(response.headers.get('content-type')).toBe('text/markdown; charset=utf-8')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('content-security-policy')).toContain('sandbox')
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="N_te _long_"; filename*=UTF-8''N%C3%B6te%20%22long%22`,
    )
    etag = response.headers.get('etag') as string
  })

  it.each([
    ['bytes=0-9', 0, 10],
    ['bytes=10-', 10, undefined],
    ['bytes=-5', -5, undefined],
    ['bytes=5-999999999', 5, undefined],
  ])('has the range %s', async (range, start, end) => {
    const response = await fetch(url, { headers: { ...headers, range } })
    expect(response.status).toBe(206)
    const expected = bytes.slice(start, end)
    const first = start < 0 ? bytes.length + start : start
    expect(response.headers.get('content-range')).toBe(`bytes ${first}-${first + expected.length - 1}/${bytes.length}`)
    const body = new Uint8Array(await response.arrayBuffer())
    expect(body.length).toBe(expected.length)
    expect(Buffer.from(body).equals(expected)).toBe(true)
  })

  it('ignores ranges that it does not serve, and refuses one beyond the end', async () => {
    for (const range of ['bytes=0-1,5-6', 'lines=0-1', 'bytes=9-3']) {
      const response = await fetch(url, { headers: { ...headers, range } })
      expect([range, response.status]).toEqual([range, 200])
      await response.body?.cancel()
    }
    const beyond = await fetch(url, { headers: { ...headers, range: 'bytes=99999999-' } })
    expect([beyond.status, await beyond.json()]).toEqual([416, code('range_not_satisfiable')])
    expect(beyond.headers.get('content-range')).toBe(`bytes */${bytes.length}`)
  })

  it('is not sent again to whoever has it', async () => {
    const unchanged = await fetch(url, { headers: { ...headers, 'if-none-match': etag } })
    expect([unchanged.status, await unchanged.text()]).toEqual([304, ''])
    const same = await fetch(url, { headers: { ...headers, range: 'bytes=0-1', 'if-range': etag } })
    expect([same.status, await same.text()]).toEqual([206, '# '])
    const changed = await fetch(url, { headers: { ...headers, range: 'bytes=0-1', 'if-range': '"other"' } })
    expect(changed.status).toBe(200)
    await changed.body?.cancel()
    const head = await fetch(url, { method: 'HEAD', headers })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)])
  })

  it('is not there for others', async () => {
    const response = await fetch(`${house.url}/v1/documents/doc_unknown/content`, { headers })
    expect([response.status, await response.json()]).toEqual([404, code('document_not_found')])
  })
})

describe('the events of the workspace', () => {
  it('come as they happen, kept open by comments, and again after a position', async () => {
    const controller = new AbortController()
    const token = await house.token(['events:read'])
    const response = await fetch(`${house.url}/v1/events`, {
      headers: { authorization: `Bearer ${token}` },
      signal: controller.signal,
    })
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    let text = ''
    const readUntil = async (wanted: string) => {
      while (!text.includes(wanted)) text += new TextDecoder().decode((await reader.read()).value)
    }
    await readUntil(': still here')
    const { id } = await read('1')
    await readUntil('event: run.completed')
    expect(text).toContain(`"run_id":"${id}"`)
    controller.abort()

    const [, position] = /id: (\d+)\nevent: run.started/.exec(text) ?? []
    const [first] = await Array.fromAsync(
      (async function* () {
        for await (const it of client.events.subscribe({ after: Number(position) - 1 })) {
          yield it
          return
        }
      })(),
    )
    expect(first).toMatchObject({ position: Number(position), type: 'run.started', run_id: id })
    const bad = await fetch(`${house.url}/v1/events`, {
      headers: { authorization: `Bearer ${token}`, 'last-event-id': 'x' },
    })
    expect(await bad.json()).toMatchObject({ code: 'invalid_request', errors: [{ path: 'Last-Event-ID' }] })
  })

  it('end when the token is revoked', async () => {
    const { token, view } = await house.engine.tenancy.createToken(house.owner, { name: 't', scopes: ['events:read'] })
    const response = await fetch(`${house.url}/v1/events`, { headers: { authorization: `Bearer ${token}` } })
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    const revokedAt = performance.now()
    await house.engine.tenancy.revokeToken(house.owner, view.id)
    await until(async () => (await reader.read()).done, 'the stream ends')
    expect(performance.now() - revokedAt).toBeLessThan(5_000)
  })

  it('do not keep the server from closing', async () => {
    await using other = await openApiHouse({ worker: false })
    const token = await other.token(['events:read'])
    const response = await fetch(`${other.url}/v1/events`, { headers: { authorization: `Bearer ${token}` } })
    const ended = response.text()
    await other.api.close()
    expect(await ended).toContain('retry:')
  })
})
