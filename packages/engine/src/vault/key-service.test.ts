/** A key service over HTTP, as an operator would put one behind the port: how often it is asked, and what happens without it. */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTestDatabase, type TestDatabase } from '@wellhead/test-services'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Connected, connectDatabase } from '../db/database.ts'
import { dataKeys, workspaces } from '../db/schema/index.ts'
import { untilItLands } from '../db/until-it-lands.ts'
import { parseKeyRing } from './key-ring.ts'
import type { KeyService } from './key-service.ts'
import { rotate } from './rotate.ts'
import { createVault } from './vault.ts'

/** Wraps with keys of its own, and answers `POST /wrap` and `/unwrap`. */
async function startKeyServer() {
  const ring = parseKeyRing(['new', 'old'].map((id) => `${id}:${randomBytes(32).toString('base64')}`).join(','))
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { context, ...body } = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>
    asked.push(`${request.url}`)
    if (service.isAway) return void request.socket.destroy()
    const bytes = (text: string | undefined) => Buffer.from(text ?? '', 'base64')
    const signal = AbortSignal.timeout(1_000)
    const answer =
      request.url === '/wrap'
        ? await ring.wrap(context ?? '', bytes(body.key), signal)
        : { key: await ring.unwrap(context ?? '', { wrapped: bytes(body.wrapped), wrappedBy: body.by ?? '' }, signal) }
    if ('wrapped' in answer) response.end(JSON.stringify({ ...answer, wrapped: answer.wrapped.toString('base64') }))
    else response.end(JSON.stringify({ key: (service.isWrong ? randomBytes(32) : answer.key).toString('base64') }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const service = {
    asked,
    isAway: false,
    isWrong: false,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
  return service
}

function overHttp(url: string): KeyService {
  const ask = async (path: string, body: object, signal: AbortSignal) => {
    const answer = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body), signal })
    return (await answer.json()) as { key: string; wrapped: string; wrappedBy: string }
  }
  return {
    primaryId: async () => 'new',
    ids: async () => ['new', 'old'],
    has: async (id) => ['new', 'old'].includes(id),
    async wrap(context, dataKey, signal) {
      const { wrapped, wrappedBy } = await ask('/wrap', { context, key: dataKey.toString('base64') }, signal)
      return { wrapped: Buffer.from(wrapped, 'base64'), wrappedBy }
    },
    async unwrap(context, { wrapped, wrappedBy }, signal) {
      const body = { context, wrapped: wrapped.toString('base64'), by: wrappedBy }
      return Buffer.from((await ask('/unwrap', body, signal)).key, 'base64')
    },
  }
}

const place = (row: string) => ({ workspaceId: 'w1', table: 'credentials', row }) as const

describe('a key service over the network', () => {
  let database: TestDatabase
  let connected: Connected
  let server: Awaited<ReturnType<typeof startKeyServer>>

  beforeAll(async () => {
    database = await createTestDatabase()
    connected = connectDatabase(database.url, { max: 5, pooled: false })
    await connected.db.insert(workspaces).values({ id: 'w1', name: 'One', slug: 'one' })
    server = await startKeyServer()
  })
  afterAll(async () => {
    await server?.close()
    await connected?.close()
    await database?.[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await connected.db.delete(dataKeys)
    Object.assign(server, { isAway: false, isWrong: false })
    server.asked.length = 0
  })
  const process = () => createVault(connected.db, overHttp(server.url))

  it('is asked once per data key and process, whoever seals and opens at the same time', async () => {
    const first = process()
    const sealed = await Promise.all(Array.from({ length: 20 }, (_, number) => first.seal(place('r'), number)))
    // The second one tries what was wrapped.
    expect(server.asked).toEqual(['/wrap', '/unwrap'])
    expect(await Promise.all(sealed.map((one) => first.open(place('r'), one)))).toEqual(sealed.map((_, index) => index))
    expect(server.asked).toHaveLength(2)

    const second = process()
    await Promise.all(sealed.map((one) => second.open(place('r'), one)))
    await second.seal(place('r'), 'more')
    expect(server.asked.slice(2)).toEqual(['/unwrap'])
  })

  it('that is away keeps nobody from what is open already, and is named to the others', async () => {
    const first = process()
    const sealed = await first.seal(place('r'), 's')
    server.isAway = true
    expect(await first.open(place('r'), await first.seal(place('r'), 'more'))).toBe('more')
    const second = process()
    const away = { code: 'vault_unavailable', message: expect.stringContaining('key service does not answer') }
    await expect(second.open(place('r'), sealed)).rejects.toMatchObject(away)
    await expect(second.ready('w1')).rejects.toMatchObject(away)
    await expect(second.verify()).rejects.toMatchObject(away)
    server.isAway = false
    expect(await second.open(place('r'), sealed)).toBe('s')
  })

  it('that is away loses no answer in hand: it is sealed once the service is back', async () => {
    await process().seal(place('r'), 's')
    server.isAway = true
    const vault = process()
    const waits: unknown[] = []
    const log = { debug() {}, info() {}, warn() {}, error: (_: string, fields?: object) => void waits.push(fields) }
    const landed = untilItLands(log, () => {
      // Back for the third try.
      if (waits.length === 2) server.isAway = false
      return vault.seal(place('r'), 'issued once')
    })
    expect(await process().open(place('r'), await landed)).toBe('issued once')
    expect(waits).toHaveLength(2)
  })

  it('that gives back another key than it was given is not trusted with one', async () => {
    server.isWrong = true
    await expect(process().seal(place('r'), 's')).rejects.toMatchObject({ code: 'vault_misconfigured' })
    expect(await connected.db.select().from(dataKeys)).toEqual([])
  })

  it('that goes away in the middle of a rotation leaves rows that the next run goes on with', async () => {
    const sealed = await process().seal(place('r'), 's')
    server.isAway = true
    await expect(
      rotate(connected.db, overHttp(server.url), { reseal: true, watch() {}, waitMs: 0 }),
    ).rejects.toMatchObject({ code: 'vault_unavailable' })
    server.isAway = false
    expect(await process().open(place('r'), sealed)).toBe('s')
    expect(await rotate(connected.db, overHttp(server.url), { reseal: true, watch() {}, waitMs: 0 })).toMatchObject({
      renewed: 1,
      failed: [],
      leftOnFormer: 0,
    })
    expect(await process().open(place('r'), sealed)).toBe('s')
  })
})
