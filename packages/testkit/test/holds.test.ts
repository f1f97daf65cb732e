import { describe, expect, it } from 'vitest'
import { type OAuthServer, startOAuthServer, startOAuthServerProcess } from '../src/oauth-server/index.ts'
import { basic, refresh } from './oauth-client.ts'

const seen = (server: OAuthServer, kind: string) => server.requests().filter(({ fault }) => fault === kind)

async function until(look: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 5_000
  while (!look()) {
    if (performance.now() > giveUpAt) throw new Error('It did not happen')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('a held request', () => {
  it('is answered when it is let go, and not before', async () => {
    await using server = await startOAuthServer()
    const { refreshToken, grantId } = server.mint()
    server.fault({ kind: 'hold' })
    const asked = refresh(server, refreshToken)
    await until(() => seen(server, 'hold').length === 1)
    expect(server.counters(grantId)).toMatchObject({ tokenRequests: 1, refreshes: 0 })
    server.release()
    expect((await asked).status).toBe(200)
    expect(server.counters(grantId)).toMatchObject({ tokenRequests: 1, refreshes: 1 })
  })

  it('stays undone when its client goes away meanwhile', async () => {
    await using server = await startOAuthServer()
    const { refreshToken, grantId } = server.mint()
    server.fault({ kind: 'hold' })
    const gone = new AbortController()
    const asked = fetch(server.endpoints.token, {
      method: 'POST',
      headers: { authorization: basic(server) },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken }),
      signal: gone.signal,
    })
    await until(() => seen(server, 'hold').length === 1)
    gone.abort()
    await expect(asked).rejects.toThrow(/abort/i)
    expect((await refresh(server, refreshToken)).status).toBe(200)
    server.release()
    expect(server.counters(grantId)).toEqual({ tokenRequests: 2, refreshes: 1, replays: 0, destroyed: 0 })
  })

  it('was done before, when it is a processed one', async () => {
    await using server = await startOAuthServer()
    const { refreshToken, grantId } = server.mint()
    server.fault({ kind: 'hold', processed: true })
    const asked = refresh(server, refreshToken)
    await until(() => server.counters(grantId).refreshes === 1)
    server.release()
    expect((await asked).status).toBe(200)
    expect(server.counters(grantId)).toMatchObject({ refreshes: 1, replays: 0 })
  })

  it('is one of the grants that the fault names', async () => {
    await using server = await startOAuthServer()
    const [first, second] = [server.mint(), server.mint()]
    server.fault({ kind: 'status', status: 503, grantIds: [second.grantId], times: 9 })
    expect((await refresh(server, first.refreshToken)).status).toBe(200)
    expect((await refresh(server, second.refreshToken)).status).toBe(503)
  })
})

it('refuses what is beyond its rate, and takes as much again a second later', async () => {
  await using server = await startOAuthServer({ tokenRequestsPerSecond: 3 })
  const minted = Array.from({ length: 8 }, () => server.mint())
  const answers = await Promise.all(minted.slice(0, 5).map(({ refreshToken }) => refresh(server, refreshToken)))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429])
  expect(server.counters()).toMatchObject({ tokenRequests: 5, refreshes: 3 })
  server.advance(1)
  const later = await Promise.all(minted.slice(5).map(({ refreshToken }) => refresh(server, refreshToken)))
  expect(later.every(({ status }) => status === 200)).toBe(true)
})

it('says what it knows of access tokens', async () => {
  await using server = await startOAuthServer({ expiresIn: 10 })
  const { accessToken, grantId } = server.mint()
  const [known, unknown] = server.accessTokens([accessToken, 'oat_of_nobody'])
  expect(known).toMatchObject({ grantId, generation: 1 })
  expect((known?.expiresAt ?? 0) - (known?.issuedAt ?? 0)).toBe(10_000)
  expect(unknown).toBeNull()
})

it('changes one setting from another process, and no other', async () => {
  await using server = await startOAuthServerProcess({ rotation: 'safe', expiresIn: 10 })
  await server.set({ expiresIn: 20 })
  expect(await server.settings()).toMatchObject({ rotation: 'safe', expiresIn: 20 })
  await expect(server.set({ expiresIn: -1 })).rejects.toThrow(/expiresIn/)
})

it('mints an access token with a life of its own', async () => {
  await using server = await startOAuthServerProcess({ expiresIn: 3600 })
  const minted = await server.mint({ expiresIn: 5 })
  expect(minted.expiresIn).toBe(5)
  const [view] = await server.accessTokens([minted.accessToken])
  expect((view?.expiresAt ?? 0) - (view?.issuedAt ?? 0)).toBe(5_000)
  expect(await server.settings()).toMatchObject({ expiresIn: 3600 })
})
