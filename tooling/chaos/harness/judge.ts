/**
 * Says what came of a scenario, by the provider's own counters and clock and by what callers were answered; the database is
 * asked for nothing but the state that the API shows of a connection.
 */
import type { Away } from './postgres.ts'
import { type TokenRequest, type TokenView, variants } from './provider.ts'
import type { Read } from './readers.ts'
import type { Seeded } from './seed.ts'
import type { Stage } from './stage.ts'

export interface Verdict {
  readonly connections: number
  readonly expiries: number
  readonly tokenRequests: number
  /** Of those: refused or lost in a way that the documentation says is tried again (429, 5xx, a wrong client, a lost answer). */
  readonly retried: number
  readonly destroyed: number
  readonly reads: number
  readonly failedWhileGood: number
  readonly expiredHandedOut: number
  /** Reads whose token ended between the making of the answer and its arrival, so that nobody can tell. */
  readonly tooCloseToTell: number
  readonly whilePostgresAway: number
  readonly wronglyMarked: number
  /** Milliseconds from the end of the token to the event that says so, where the grant was really gone. */
  readonly toNeedsReauthorization: readonly number[]
  /** What does not hold, each with its number. */
  readonly broken: readonly string[]
}

export interface JudgeOptions {
  /** How often each token came due. */
  readonly expiries?: number
  readonly postgresAway?: readonly Away[]
  /** Milliseconds after PostgreSQL's return in which reads may still fail. */
  readonly recoveryMs?: number
  /** Grants that may be lost, by the rule of scenario c. */
  readonly mayBeLost?: ReadonlySet<string>
  /** Replays that the protocol makes: the answer of an earlier request was lost. */
  readonly mayBeReplayed?: ReadonlySet<string>
}

/** What the API answers while PostgreSQL is away, with status 503. */
const databaseAway: ReadonlySet<string> = new Set(['database_unavailable'])

/** Whether a read failed because PostgreSQL was away, or because the process was gone with it. */
export const isOfDatabase = ({ status, code }: Read): boolean => status === 0 || databaseAway.has(code ?? '')

export const RECOVERY_MS = 2_000

/** A 429, a 5xx, a client that is refused, or no answer at all: each is tried again by the documented policy. */
export const isRetried = ({ status }: TokenRequest): boolean =>
  status === null || status === 429 || status === 401 || status >= 500

export async function judge(stage: Stage, seeds: readonly Seeded[], options: JudgeOptions = {}): Promise<Verdict> {
  const expiries = options.expiries ?? 1
  const mayBeLost = options.mayBeLost ?? new Set()
  const mayBeReplayed = options.mayBeReplayed ?? new Set()
  const { requests, ended, tokens } = await askProviders(stage, seeds)
  const ids = new Set(seeds.map(({ id }) => id))
  const reads = stage.reads.all.filter(({ connectionId }) => ids.has(connectionId))

  const byGrant = Map.groupBy(requests, ({ grantId }) => grantId)
  const answered = (seed: Seeded) => (byGrant.get(seed.grantId) ?? []).filter(({ status }) => status === 200).length
  const destroyed = seeds.filter(({ grantId }) => ended.get(grantId) === 'replay')
  const lostWrongly = destroyed.filter(({ grantId }) => !mayBeLost.has(grantId))
  const living = seeds.filter(({ grantId }) => !ended.get(grantId))
  const tooMany = living.filter((seed) => answered(seed) > expiries && !mayBeReplayed.has(seed.grantId))
  const tooFew = living.filter((seed) => answered(seed) < expiries)
  const refused = requests.filter(
    (request) => request.status !== 200 && !isRetried(request) && !mayBeLost.has(request.grantId),
  )

  const marks = stage.events.filter(
    ({ type, connection_id: id }) => type === 'connection.needs_reauthorization' && id !== null && ids.has(id),
  )
  const bySeed = new Map(seeds.map((seed) => [seed.id, seed]))
  const wronglyMarked = marks.filter(({ connection_id: id }) => {
    const grantId = bySeed.get(id as string)?.grantId ?? ''
    return !ended.get(grantId) && !mayBeLost.has(grantId)
  })
  const judged = judgeReads(reads, bySeed, tokens, options)

  const broken: string[] = []
  const rule = (count: number, what: string) => {
    if (count > 0) broken.push(`${count} ${what}`)
  }
  rule(lostWrongly.length, 'grants destroyed')
  rule(tooMany.length, 'connections refreshed more than once per expiry')
  rule(tooFew.length, 'connections not refreshed although they came due')
  rule(refused.length, 'token requests refused by the provider as a replay or as malformed')
  rule(judged.failedWhileGood.length, `reads failed while the token was good${kinds(judged.failedWhileGood)}`)
  rule(judged.expired.length, `expired tokens handed out, at most ${Math.max(0, ...judged.expired)} ms after their end`)
  rule(judged.foreign, 'tokens handed out that the provider never issued')
  const deaths = stage.deployment.takeDeaths()
  rule(deaths.length, `processes that ended by themselves (${deaths.join(', ')}) and were started again`)
  rule(wronglyMarked.length, 'connections marked needs_reauthorization that could still be refreshed')
  return {
    connections: seeds.length,
    expiries: seeds.length * expiries,
    tokenRequests: requests.length,
    retried: requests.filter(isRetried).length,
    destroyed: destroyed.length,
    reads: reads.length,
    failedWhileGood: judged.failedWhileGood.length,
    expiredHandedOut: judged.expired.length,
    tooCloseToTell: judged.tooCloseToTell,
    whilePostgresAway: judged.whilePostgresAway,
    wronglyMarked: wronglyMarked.length,
    toNeedsReauthorization: marks
      .filter((mark) => !wronglyMarked.includes(mark))
      .map(({ toldAt, connection_id: id }) => toldAt - (bySeed.get(id as string)?.expiresAt ?? 0)),
    broken,
  }
}

async function askProviders(stage: Stage, seeds: readonly Seeded[]) {
  const requests: TokenRequest[] = []
  const ended = new Map<string, string | null>()
  const tokens = new Map<string, TokenView>()
  for (const variant of variants) {
    const own = seeds.filter((seed) => seed.variant === variant)
    if (own.length === 0) continue
    const provider = stage.provider(variant)
    const ids = new Set(own.map(({ id }) => id))
    requests.push(...(await provider.tokenRequests(new Set(own.map(({ grantId }) => grantId)))))
    for (const grant of await provider.server.grants()) ended.set(grant.id, grant.ended)
    const handedOut = stage.reads.all.flatMap(({ connectionId, token }) =>
      token && ids.has(connectionId) ? [token] : [],
    )
    for (const [token, view] of await provider.tokens([...new Set(handedOut)])) tokens.set(token, view)
  }
  return { requests, ended, tokens }
}

function judgeReads(
  reads: readonly Read[],
  seeds: ReadonlyMap<string, Seeded>,
  tokens: ReadonlyMap<string, TokenView>,
  options: JudgeOptions,
) {
  const away = (read: Read) =>
    isOfDatabase(read) &&
    options.postgresAway?.some(
      ({ from, to }) => read.answeredAt >= from && read.askedAt <= to + (options.recoveryMs ?? RECOVERY_MS),
    )
  const failedWhileGood: Read[] = []
  /** Milliseconds from a token's end to the earliest moment that its answer can be from. */
  const expired: number[] = []
  let tooCloseToTell = 0
  let whilePostgresAway = 0
  let foreign = 0
  for (const [connectionId, own] of Map.groupBy(reads, (read) => read.connectionId)) {
    const seed = seeds.get(connectionId) as Seeded
    // What Wellhead surely held at a time: the seeded token, and whatever it had handed out by then.
    const held: { readonly from: number; readonly expiresAt: number }[] = [{ from: 0, expiresAt: seed.expiresAt }]
    for (const read of own) {
      const view = read.token ? tokens.get(read.token) : undefined
      if (view) held.push({ from: read.answeredAt, expiresAt: view.expiresAt })
    }
    for (const read of own) {
      if (read.status === 200) {
        const view = tokens.get(read.token ?? '')
        if (!view || view.grantId !== seed.grantId) foreign++
        else if (view.expiresAt <= read.madeAfter) expired.push(read.madeAfter - view.expiresAt)
        else if (view.expiresAt <= read.answeredAt) tooCloseToTell++
      } else if (away(read)) whilePostgresAway++
      else if (held.some(({ from, expiresAt }) => from <= read.askedAt && expiresAt > read.answeredAt))
        failedWhileGood.push(read)
    }
  }
  return { failedWhileGood, expired, tooCloseToTell, whilePostgresAway, foreign }
}

const kinds = (reads: readonly Read[]): string =>
  ` (${[...Map.groupBy(reads, ({ status, code }) => `${status || 'no answer'} ${code ?? ''}`.trim())]
    .map(([kind, { length }]) => `${length} × ${kind}`)
    .join(', ')})`
