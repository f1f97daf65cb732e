import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest'
import { createClient, type Event, ProblemError, type Run } from '../src/index.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void) {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    answer(request, response, body)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return createClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, token: 'wh_test' })
}

const event = (position: number, type: Event['type']): Event => ({
  id: `evt_${position}`,
  position,
  type,
  connection_id: null,
  authorization_id: null,
  run_id: 'run_1',
  data: {},
  created_at: '2026-11-24T00:00:00.000Z',
})
const message = (it: Event) => `id: ${it.position}\nevent: ${it.type}\ndata: ${JSON.stringify(it)}\n\n`

describe('a call', () => {
  it('sends the method, the escaped path, the query, the token and the JSON body of its route', async () => {
    const seen: unknown[] = []
    const client = await serve((request, response, body) => {
      seen.push([request.method, request.url, request.headers.authorization, request.headers['content-type'], body])
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ items: [], next_cursor: null }))
    })
    const page = await client.connections.list({ query: { data_source: 'a b', limit: 5 } })
    expectTypeOf(page.next_cursor).toEqualTypeOf<string | null>()
    await client.connections.update({ params: { id: 'con/1' }, body: { name: 'N' } })
    await client.connections.credentials({ params: { id: 'con_1' } })
    expect(seen).toEqual([
      ['GET', '/v1/connections?data_source=a+b&limit=5', 'Bearer wh_test', undefined, ''],
      ['PATCH', '/v1/connections/con%2F1', 'Bearer wh_test', 'application/json', '{"name":"N"}'],
      ['POST', '/v1/connections/con_1/credentials', 'Bearer wh_test', 'application/json', '{}'],
    ])
  })

  it('is typed by its route', async () => {
    const client = createClient({ baseUrl: 'http://127.0.0.1:1' })
    expectTypeOf(client.runs.get).returns.resolves.toEqualTypeOf<Run>()
    expectTypeOf(client.connections.delete).returns.resolves.toEqualTypeOf<undefined>()
    expectTypeOf(client.connections.list).toBeCallableWith()
    // @ts-expect-error an id is needed
    await expect(client.connections.get()).rejects.toThrow()
    // @ts-expect-error there is no such operation
    await expect(client.runs.create({ body: { data_source: 'x', operation: 'fly' } })).rejects.toThrow()
  })

  it('rejects with the code of a problem, and without one when a proxy answered', async () => {
    const client = await serve((request, response) => {
      if (request.url?.endsWith('con_1')) {
        response.writeHead(503, { 'content-type': 'application/problem+json; charset=utf-8', 'retry-after': '3' })
        response.end(JSON.stringify({ code: 'refresh_in_progress', status: 503, detail: 'Wait.' }))
      } else response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>')
    })
    const problem = await client.connections.get({ params: { id: 'con_1' } }).catch((error: unknown) => error)
    expect(problem).toBeInstanceOf(ProblemError)
    expect(problem).toMatchObject({ code: 'refresh_in_progress', status: 503, retryAfterSeconds: 3, message: 'Wait.' })
    const other = await client.connections.get({ params: { id: 'con_2' } }).catch((error: unknown) => error)
    expect(other).toMatchObject({ code: undefined, status: 502 })
  })
})

describe('events', () => {
  it('go on from the last one after a lost connection, and end with the run', async () => {
    const asked: (string | undefined)[] = []
    const client = await serve((request, response) => {
      asked.push(request.headers['last-event-id'] as string | undefined)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      if (asked.length === 1) {
        response.write(`retry: 1\n\n${message(event(4, 'run.started'))}`)
        response.write(message(event(5, 'run.progress')), () => response.destroy())
      } else response.write(`: still here\n\n${message(event(6, 'run.completed'))}`)
    })
    const seen: number[] = []
    for await (const it of client.runs.events('run_1')) seen.push(it.position)
    expect(seen).toEqual([4, 5, 6])
    expect(asked).toEqual([undefined, '5'])
  })

  it('throw what the API refuses instead of asking again', async () => {
    let times = 0
    const client = await serve((_, response) => {
      times += 1
      response.writeHead(403, { 'content-type': 'application/problem+json' })
      response.end(JSON.stringify({ code: 'missing_token_scope', status: 403, detail: 'No.' }))
    })
    await expect(client.events.subscribe().next()).rejects.toMatchObject({ code: 'missing_token_scope' })
    expect(times).toBe(1)
  })

  it('end when the signal is aborted', async () => {
    const controller = new AbortController()
    const client = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(message(event(1, 'run.started')))
    })
    const seen: number[] = []
    for await (const it of client.events.subscribe({ signal: controller.signal })) {
      seen.push(it.position)
      controller.abort()
    }
    expect(seen).toEqual([1])
  })
})

describe('documents line by line', () => {
  it('are whole only with the line of the run', async () => {
    const client = await serve((request, response) => {
      expect(request.headers.accept).toBe('application/x-ndjson')
      response.writeHead(200, { 'content-type': 'application/x-ndjson' })
      response.write('{"document":{"id":"doc_1"}}\n{"docu')
      response.write('ment":{"id":"doc_2"}}\n')
      response.end(request.url?.includes('run_2') ? '' : '{"run":{"id":"run_1"}}\n')
    })
    const lines: unknown[] = []
    for await (const line of client.runs.followDocuments('run_1')) lines.push(line)
    expect(lines).toHaveLength(3)
    await expect(Array.fromAsync(client.runs.followDocuments('run_2'))).rejects.toThrow('ended early')
  })
})
