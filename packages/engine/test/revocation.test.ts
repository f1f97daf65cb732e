/** How a grant is ended with its connection, where the access token itself is what the provider wants. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eq } from '../src/db/query.ts'
import { schema } from '../src/index.ts'
import { type OAuthHouse, openOAuthHouse, past, until } from './oauth-house.ts'

interface Seen {
  readonly authorization: string | undefined
  readonly contentType: string | undefined
  readonly contentLength: string | undefined
  readonly body: string
  /** Whether the access token that was sent still worked. */
  readonly worked: boolean
}

let house: OAuthHouse
const seen: Seen[] = []
let status = 200

/** Asked with a bearer token, or with one in the form. */
const endpoint = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', async () => {
    const body = Buffer.concat(chunks).toString()
    const token = request.headers.authorization ?? `Bearer ${new URLSearchParams(body).get('token')}`
    const source = request.url === '/form' ? 'form' : 'bearer'
    const me = await fetch(`${house.server(source).endpoints.api}/me`, { headers: { authorization: token } })
    seen.push({
      authorization: request.headers.authorization,
      contentType: request.headers['content-type'],
      contentLength: request.headers['content-length'],
      body,
      worked: me.ok,
    })
    response.writeHead(status === 200 && !me.ok ? 401 : status).end()
  })
})

beforeAll(async () => {
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`
  house = await openOAuthHouse({
    bearer: {
      auth: { revoke: { token: 'access_token', format: 'json', auth: 'bearer' } },
      endpoints: { revoke: `${origin}/bearer` },
    },
    form: {
      auth: { revoke: { token: 'access_token', format: 'form', auth: 'none' } },
      endpoints: { revoke: `${origin}/form` },
    },
    items: {},
  })
})
afterEach(() => {
  seen.length = 0
  status = 200
  for (const source of ['bearer', 'form', 'items']) house.server(source).clearFaults()
})
afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  endpoint.closeAllConnections()
  await new Promise((resolve) => endpoint.close(resolve))
})

const sent = (source: string) => house.server(source).counters().tokenRequests

/** Deletes and says what was recorded of the revocation. */
async function erase(id: string): Promise<unknown> {
  await house.engine.connections.delete(house.owner, id)
  await until(async () => (await house.status(id)) === 'gone', 'it is erased')
  const rows = await house.engine.db.select().from(schema.events).where(eq(schema.events.connectionId, id))
  return rows.find(({ type }) => type === 'connection.deleted')?.data.revocation
}

/** The database's row and the provider both say that the access token is over. */
async function expired(source: string): Promise<string> {
  const { id } = await house.connect(source)
  house.server(source).expireAccess(house.grant(source))
  await house.change(id, { expiresAt: past, refreshAt: null })
  return id
}

describe('revoking with the access token itself', () => {
  it('sends it as it is, without a body and its type', async () => {
    const { id } = await house.connect('bearer')
    const before = sent('bearer')
    expect(await erase(id)).toBe('revoked')
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ contentType: undefined, contentLength: '0', body: '', worked: true })
    expect(sent('bearer')).toBe(before)
  })

  it.each(['bearer', 'form'])('refreshes first when it is over (%s)', async (source) => {
    const id = await expired(source)
    const before = sent(source)
    expect(await erase(id)).toBe('revoked')
    expect(sent(source) - before).toBe(1)
    expect(seen.map(({ worked }) => worked)).toEqual([true])
    expect(house.server(source).counters(house.grant(source))).toMatchObject({ refreshes: 1, replays: 0 })
  })

  it('refreshes also one that was refused, and one that ends within the call', async () => {
    const { id } = await house.connect('bearer')
    house.server('bearer').expireAccess(house.grant('bearer'))
    await house.change(id, { rejectedAt: past, refreshAt: null })
    expect(await erase(id)).toBe('revoked')
    const next = await house.connect('bearer')
    await house.change(next.id, { expiresAt: new Date(Date.now() + 20_000), refreshAt: null })
    const before = sent('bearer')
    expect(await erase(next.id)).toBe('revoked')
    expect(sent('bearer') - before).toBe(1)
    expect(seen.map(({ worked }) => worked)).toEqual([true, true])
  })

  it('is done when the refresh finds the grant ended', async () => {
    const id = await expired('bearer')
    house.server('bearer').removeGrant(house.grant('bearer'))
    expect(await erase(id)).toBe('revoked')
    expect(seen).toEqual([])
  })

  it.each([
    ['is away', { kind: 'status', status: 503 }],
    ['loses the answer', { kind: 'reset', processed: true }],
    ['refuses the client', { kind: 'error', error: 'invalid_client' }],
  ] as const)('failed when the token endpoint %s', async (_, fault) => {
    const id = await expired('bearer')
    const before = sent('bearer')
    house.server('bearer').fault(fault)
    expect(await erase(id)).toBe('failed')
    // No second try: the token may be spent.
    expect(sent('bearer') - before).toBe(1)
    expect(seen).toEqual([])
  })

  it('that is refused is a token that was dead already; any other answer is a failure', async () => {
    const { id } = await house.connect('bearer')
    house.server('bearer').removeGrant(house.grant('bearer'))
    expect(await erase(id)).toBe('revoked')
    expect(seen.map(({ worked }) => worked)).toEqual([false])
    status = 403
    const other = await house.connect('bearer')
    expect(await erase(other.id)).toBe('failed')
    // Where the token is not what proves the request, 401 is about something else.
    status = 401
    const form = await house.connect('form')
    expect(await erase(form.id)).toBe('failed')
  })

  it('is not refreshed for a revocation by the refresh token', async () => {
    const id = await expired('items')
    const before = sent('items')
    expect(await erase(id)).toBe('revoked')
    expect(sent('items')).toBe(before)
  })
})
