/** What holds for a grant: its tokens expire, are renewed, rotate, and are revoked. */
import type { OAuth2Spec } from '@wellhead/datasource-node'
import { expect, it } from 'vitest'
import { refreshTokens, type TokenAnswer } from './authorize.ts'
import { itCovers } from './cases.ts'
import type { Connection } from './connection.ts'
import { listingOf } from './describe-auth.ts'
import { expire } from './expiry.ts'
import { findOperations } from './operations.ts'
import type { Scope } from './scope.ts'
import type { Stand, StandOAuth } from './stand.ts'
import { perform, rehearse, type Trial } from './trial.ts'

export function describeGrant(scope: Scope<Scope['source'], OAuth2Spec>): void {
  const { source, auth, connection, stand } = scope

  it('is granted what it asks for, and can be refreshed', () => {
    const { tokens, tokenInfo } = connection()
    expect(tokens?.refreshToken, 'the refresh token').toBeDefined()
    if (typeof tokenInfo.scope !== 'string') return
    const granted = tokenInfo.scope.split(/[\s,]+/).filter(Boolean)
    expect(auth.scopes.filter((asked) => !auth.isGranted(asked, granted))).toEqual([])
  })

  it('goes on after its token has expired, by one refresh', async () => {
    const before = connection().refreshes.length
    const former = connection().refreshToken()
    await expire(stand(), connection())
    await source.identify(connection().context(), connection().tokenInfo)
    const made = connection().refreshes.slice(before)
    expect(made.map(({ rejected }) => rejected)).toEqual([before + 1])
    // The engine keeps the old refresh token where the answer has none; the fact says which to expect.
    const { refreshToken } = made[0]!.answer
    expect(refreshToken !== undefined && refreshToken !== former).toBe(auth.rotation === 'rotates')
  })

  it('goes on when its token expires in the middle, by one refresh, and gives the whole', async () => {
    const trial = await scope.trial(listingOf(scope))
    const middle = Math.min(1, trial.requests - 1)
    const before = connection().refreshes.length
    const done = await perform(trial, async ({ ordinal, before: sent }) => {
      if (ordinal === middle && sent === 0) await expire(stand(), connection())
    })
    expect(done).toEqual(trial.done)
    expect(connection().refreshes.length - before, 'refreshes').toBe(1)
  })

  itCovers(scope, 'revoked grant', 'says unauthorized when the grant was revoked, at first and in the middle', () =>
    scope.apart(async (own, other) => {
      const trial = await trialApart(own, other)
      const middle = Math.min(1, trial.requests - 1)
      const run = perform(trial, async ({ ordinal, before }) => {
        if (ordinal !== middle || before > 0) return
        await own.oauth?.revokeGrant?.()
        // With some providers a token outlives the grant, and what it was revoked for shows at the next refresh.
        await expire(own, other)
      })
      await expect(run).rejects.toMatchObject({ code: 'unauthorized' })
      await expect(trial.operation(other.context())).rejects.toMatchObject({ code: 'unauthorized' })
      const identify = source.identify(other.context(), other.tokenInfo)
      await expect(identify).rejects.toMatchObject({ code: 'unauthorized' })
    }),
  )

  const { replay } = auth
  if (replay.kind === 'safe' || replay.kind === 'grace')
    it('takes a used refresh token once more without harm, as the replay fact says', () =>
      scope.apart(async (own, other) => {
        const { former, newest } = await refreshTwice(own, other, auth)
        // It may be refused, where the fact is `safe`; what matters is that the grant lives.
        await refreshTokens(auth, other.hosted.endpoints, oauthOf(own), former).catch((error) => {
          if (replay.kind === 'grace') throw error
        })
        await refreshTokens(auth, other.hosted.endpoints, oauthOf(own), newest)
      }))
  if (replay.kind === 'grace')
    itCovers(scope, 'replay after the grace', 'loses the grant to a used refresh token after the grace', () =>
      scope.apart(async (own, other) => {
        const { former, newest } = await refreshTwice(own, other, auth)
        await own.oauth?.advance?.(replay.graceSeconds + 1)
        await expectLost(own, other, auth, former, newest)
      }),
    )
  if (replay.kind === 'kills')
    it('loses the grant to a used refresh token, as the replay fact says', () =>
      scope.apart(async (own, other) => {
        const { former, newest } = await refreshTwice(own, other, auth)
        await expectLost(own, other, auth, former, newest)
      }))

  async function trialApart(own: Stand, other: Connection): Promise<Trial & { requests: number }> {
    const found = await findOperations(source, other.context(), other.tokenInfo, own)
    const trial = { stand: own, connection: other, operation: found.get(listingOf(scope))! }
    return { ...trial, requests: (await rehearse(trial)).requests }
  }
}

/** A refresh token that was used, and the one that it was used for. */
async function refreshTwice(stand: Stand, connection: Connection, auth: OAuth2Spec) {
  const former = connection.tokens?.refreshToken ?? expect.fail('There is no refresh token')
  const answer: TokenAnswer = await refreshTokens(auth, connection.hosted.endpoints, oauthOf(stand), former)
  return { former, newest: answer.refreshToken ?? former }
}

async function expectLost(stand: Stand, { hosted }: Connection, auth: OAuth2Spec, former: string, newest: string) {
  for (const token of [former, newest]) {
    const refresh = refreshTokens(auth, hosted.endpoints, oauthOf(stand), token)
    await expect(refresh).rejects.toMatchObject({ code: 'unauthorized' })
  }
}

const oauthOf = (stand: Stand): StandOAuth => stand.oauth ?? expect.fail('The stand has no OAuth')
