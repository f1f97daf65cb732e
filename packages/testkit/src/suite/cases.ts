/**
 * The cases that ask something of the stand or of the facts beyond what every stand has. One that cannot be shown fails, unless the facts say so by
 * name in `notCovered`; and a name there that could be shown fails too, so that nothing is left out without a word.
 */
import type { AuthSpec, DataSource } from '@wellhead/datasource-node'
import { expect, it } from 'vitest'
import type { SuiteFacts } from './facts.ts'
import type { Stand } from './stand.ts'

export const caseNames = [
  'broken answers',
  'provider down',
  'rate limit',
  'cancel in the middle',
  'revoked grant',
  'missing scope',
  'replay after the grace',
  'missing item',
  'empty listing',
  'expired cursor',
  'broken download',
  'large file',
  'changes',
] as const
export type CaseName = (typeof caseNames)[number]

interface Asked {
  readonly stand: Stand
  readonly facts: SuiteFacts
}

/** What is lacking; `undefined` when nothing is. */
type Lack = (asked: Asked) => string | undefined

const lack =
  (has: (asked: Asked) => unknown, what: string): Lack =>
  (asked) =>
    has(asked) === undefined ? what : undefined
const both =
  (...lacks: readonly Lack[]): Lack =>
  (asked) =>
    lacks.map((one) => one(asked)).find((what) => what !== undefined)

const trouble = lack(
  ({ stand }) => stand.trouble,
  'the stand has no `trouble`: `sandboxStand` and `oauthStand` give it',
)
const fact = (name: keyof SuiteFacts) => lack(({ facts }) => facts[name], `the facts have no \`${name}\``)

const cases: Readonly<Record<CaseName, Lack>> = {
  'broken answers': trouble,
  'provider down': trouble,
  'rate limit': trouble,
  'cancel in the middle': trouble,
  'revoked grant': lack(({ stand }) => stand.oauth?.revokeGrant, 'the stand has no `oauth.revokeGrant`'),
  'missing scope': both(trouble, fact('missingScope')),
  'replay after the grace': lack(({ stand }) => stand.oauth?.advance, 'the stand has no `oauth.advance`'),
  'missing item': fact('missingId'),
  'empty listing': fact('empty'),
  'expired cursor': both(trouble, fact('expiredCursor')),
  'broken download': trouble,
  'large file': fact('largeFile'),
  changes: lack(({ stand }) => stand.files, 'the stand has no `files`'),
}

/** The cases of this data source, by this way to authenticate. */
export function casesOf(source: DataSource, auth: AuthSpec): readonly CaseName[] {
  const isDrive = source.kind === 'online_drive'
  const isListed = source.kind !== 'website_crawl'
  const followsChanges = isDrive && source.changes !== undefined
  const isOAuth = auth.method === 'oauth2'
  const asked: Readonly<Record<CaseName, boolean>> = {
    'broken answers': true,
    'provider down': true,
    'rate limit': true,
    'cancel in the middle': true,
    'revoked grant': isOAuth,
    'missing scope': true,
    'replay after the grace': isOAuth && auth.replay.kind === 'grace',
    'missing item': isListed,
    'empty listing': isListed,
    'expired cursor': isListed,
    'broken download': isDrive,
    'large file': isDrive,
    changes: followsChanges,
  }
  return caseNames.filter((name) => asked[name])
}

export interface CaseScope {
  readonly source: DataSource
  readonly auth: AuthSpec
  readonly facts: SuiteFacts
  stand(): Stand
}

/** A test of a case, unless this source has none of it or the facts leave it out. */
export function itCovers(scope: CaseScope, name: CaseName, title: string, test: () => Promise<void>, timeout?: number) {
  const { source, auth, facts } = scope
  if (!casesOf(source, auth).includes(name) || facts.notCovered?.includes(name)) return
  const checked = async () => {
    const lacking = cases[name]({ stand: scope.stand(), facts })
    if (lacking !== undefined)
      expect.fail(`This is not covered: ${lacking}. Or say so: notCovered: ['${name}'] in the facts.`)
    await test()
  }
  if (timeout === undefined) it(title, checked)
  else it(title, { timeout }, checked)
}

/** One test that tells by name what is left out, and fails for what need not be. */
export function itSaysWhatIsLeftOut(scope: CaseScope): void {
  const { facts, source, auth } = scope
  const left = facts.notCovered ?? []
  if (left.length === 0) return
  it(`leaves out, as the facts say: ${left.join(', ')}`, () => {
    const known = new Set(source.auth.flatMap((one) => casesOf(source, one)))
    for (const name of left) {
      expect(known, 'the cases that this source has at all').toContain(name)
      if (!casesOf(source, auth).includes(name)) continue
      expect(cases[name]({ stand: scope.stand(), facts }), `what is lacking for "${name}"`).toBeDefined()
    }
  })
}
