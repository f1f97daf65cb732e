/** An error is never an empty list, and a part is never the whole: each operation again, with trouble made for its requests. */
import { isDataSourceError } from '@wellhead/datasource-node'
import { describe, expect } from 'vitest'
import { itCovers } from './cases.ts'
import { type Done, operationNames } from './operations.ts'
import type { Scope } from './scope.ts'
import type { StandFault } from './stand.ts'
import { type Outcome, placesOf, tryWith } from './trial.ts'

const brokenAnswers: readonly (readonly [string, Omit<StandFault, 'method' | 'url'>])[] = [
  ['is cut JSON', { kind: 'malformed_json' }],
  ['is a web page', { kind: 'html', status: 200 }],
  ['is the page of a gateway', { kind: 'html', status: 502 }],
  ['is empty', { kind: 'empty' }],
  ['breaks off', { kind: 'truncated' }],
  ['never comes', { kind: 'reset' }],
]

export function describeTrouble(scope: Scope): void {
  const { source } = scope
  describe.each(operationNames(source))('%s, with trouble,', (name) => {
    const isCrawl = name === 'crawl'
    for (const [what, fault] of brokenAnswers)
      itCovers(scope, 'broken answers', `is an error or the whole when an answer ${what}`, async () => {
        const trial = await scope.trial(name)
        for (const at of placesOf(trial.requests)) {
          const outcome = await tryWith(trial, { at, fault })
          expectNoPartForTheWhole(outcome, trial.done, `request ${at + 1} of ${trial.requests}`)
          const codes = ['invalid_response', 'provider_unavailable', ...(isCrawl ? ['content_unavailable'] : [])]
          if (outcome.error) expect(codes, outcome.error.message).toContain(outcome.error.code)
        }
      })

    itCovers(scope, 'provider down', 'asks again when the provider is down, and gives the whole', async () => {
      const trial = await scope.trial(name)
      for (const at of placesOf(trial.requests)) {
        const { done, error, hits } = await tryWith(trial, { at, fault: { kind: 'status', status: 503 }, times: 1 })
        // What starts a crawl may be paid for, and must not be sent twice without a word.
        if (isCrawl && hits[0]?.method === 'POST' && error)
          expect(error).toMatchObject({ code: 'provider_unavailable' })
        else expect(done ?? error).toEqual(trial.done)
      }
    })

    itCovers(scope, 'provider down', 'says that the provider is down when it stays down', async () => {
      const trial = await scope.trial(name)
      for (const at of placesOf(trial.requests)) {
        const outcome = await tryWith(trial, { at, fault: { kind: 'status', status: 503 } })
        expectNoPartForTheWhole(outcome, trial.done, `request ${at + 1} of ${trial.requests}`)
        if (!isCrawl) expect(outcome.error).toMatchObject({ code: 'provider_unavailable' })
        if (!isCrawl || outcome.hits[0]?.method === 'GET') expect(outcome.hits.length).toBeGreaterThan(1)
      }
    })

    itCovers(scope, 'rate limit', 'says how long to wait when that is too long', async () => {
      const trial = await scope.trial(name)
      const fault = { kind: 'status', status: 429, retryAfter: '3600' } as const
      const { error } = await tryWith(trial, { at: Math.min(1, trial.requests - 1), fault })
      expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: expect.any(Number) })
      expect(error?.retryAfterMs).toBeGreaterThan(3_500_000)
    })

    itCovers(scope, 'rate limit', 'waits as long as it is told to, and gives the whole', async () => {
      const trial = await scope.trial(name)
      const fault = { kind: 'status', status: 429, retryAfter: '1' } as const
      const { done, error, hits } = await tryWith(trial, { at: Math.min(1, trial.requests - 1), fault, times: 1 })
      const mayNotRepeat = isCrawl && hits[0]?.method === 'POST' && error !== undefined
      if (mayNotRepeat) expect(error).toMatchObject({ code: 'rate_limited' })
      else {
        expect(done ?? error).toEqual(trial.done)
        // A timer may be a little early.
        expect(hits[1]!.at - hits[0]!.at).toBeGreaterThan(990)
      }
    })
  })
}

function expectNoPartForTheWhole({ done, error }: Outcome, clean: Done, where: string): void {
  if (error) expect(isDataSourceError(error), `a DataSourceError, not ${error}`).toBe(true)
  if (error || (done && done.missing > clean.missing)) return
  expect(done, `what came of it although ${where} failed`).toEqual(clean)
}
