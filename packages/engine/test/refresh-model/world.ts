/**
 * Several processes over one connection. The refresher and the hand-out of tokens are the real ones; between two of their steps
 * anything may come: a step of another, a crash, time, a wrong date, a database that is away, an answer that is lost.
 */
import type { AccessToken } from '../../src/model.ts'
import type { TokenAnswer, TokenClient } from '../../src/oauth/token-client.ts'
import { type Access, accessOver } from '../../src/refresh/access.ts'
import { type Refresher, refresherOver } from '../../src/refresh/refresh.ts'
import type { RefreshStore } from '../../src/refresh/store.ts'
import { waitIn } from './no-waiting.ts'
import { createProvider, lifetimeSeconds, type Provider, type Rotation } from './provider.ts'
import { connectionId, glassVault, type Rows, secretIn, timings } from './rows.ts'
import { facts, graceSeconds, registryWith } from './spec.ts'
import { Process, Steps } from './steps.ts'
import { type Fact, Watch } from './watch.ts'

export interface Move {
  readonly kind: 'step' | 'time' | 'crash' | 'date' | 'start'
  readonly which: number
  readonly fate: number
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const client = { clientId: 'items-client', clientSecret: 'secret' }

/** Short of a grace's end, short of what a lease leaves for a call, past that, past a call, a lease, a token's life. */
const lengths = [45_000, 25_000, 35_000, 61_000, 95_000, 125_000, 20 * 60_000, 61 * 60_000]

class DatabaseAway extends Error {}

interface Running {
  readonly process: Process
  readonly refresher: Refresher
  readonly access: Access
  lastIntent: ReturnType<Watch['intent']>
}

export interface WorldOptions {
  /** How a deletion goes on; over Postgres it is the engine's own. */
  readonly onDelete?: (tokens: TokenClient, process: Process) => Promise<void>
}

export class World {
  readonly steps = new Steps()
  readonly provider: Provider
  readonly watch: Watch
  readonly #processes: Running[] = []
  #isQuiet = false
  #born = 0

  readonly rows: Rows
  readonly fact: Fact
  readonly options: WorldOptions

  constructor(rows: Rows, fact: Fact, rotation: Rotation, options: WorldOptions = {}) {
    this.rows = rows
    this.fact = fact
    this.options = options
    this.provider = createProvider(rotation, graceSeconds * 1000)
    this.watch = new Watch({ fact, provider: this.provider, rows, steps: this.steps })
  }

  /** Begins with a token that is due, and three processes that all look at it. */
  async run(moves: readonly Move[]): Promise<void> {
    const { steps, rows } = this
    waitIn(steps)
    await rows.setTime(new Date(steps.now))
    await rows.begin({ secret: this.provider.open(steps.now), issuedAt: new Date(steps.now), lifetimeSeconds })
    await this.#advance((lifetimeSeconds - 300) * 1000)
    for (let count = 0; count < 3; count++) this.#boot()
    for (const running of this.#processes) await this.#start(running, count3(running), 0)
    for (const move of moves) {
      await this.#move(move)
      await steps.settle()
      await this.watch.look()
    }
    await this.#quiet()
  }

  async #move({ kind, which, fate }: Move): Promise<void> {
    const { steps } = this
    const running = this.#processes[which % this.#processes.length] as Running
    switch (kind) {
      case 'step': {
        const ready = steps.ready()
        const step = ready[which % Math.max(ready.length, 1)]
        if (!step) return
        steps.take(step, fate)
        if (step.takes > 0) await this.rows.setTime(new Date(steps.now))
        return
      }
      case 'time':
        return this.#advance(lengths[which % lengths.length] as number)
      case 'crash':
        if (running.process.alive) {
          steps.crash(running.process)
          this.watch.died(running.process)
        }
        return
      case 'date':
        running.process.dateIsWrongBy = ((fate % 5) - 2) * 3 * 3_600_000
        steps.story.push(`the date of ${running.process} is wrong by ${running.process.dateIsWrongBy / 3_600_000} h`)
        return
      case 'start':
        if (!running.process.alive) this.#boot(this.#processes.indexOf(running))
        else await this.#start(running, which, fate)
    }
  }

  async #advance(ms: number): Promise<void> {
    this.steps.now += ms
    this.steps.story.push(`${ms / 1000} s pass`)
    await this.rows.setTime(new Date(this.steps.now))
  }

  #boot(place = this.#processes.length): void {
    const process = new Process(++this.#born, this.steps)
    const { watch, rows, fact } = this
    const store = this.#stepped(process, rows.store(process.ticks), () => running)
    const deps = { vault: glassVault(), timings, log: silent, ticks: process.ticks }
    const running: Running = {
      process,
      lastIntent: undefined,
      refresher: refresherOver(store, {
        ...deps,
        clients: { open: async () => client } as never,
        registry: registryWith(facts[fact]),
        tokens: this.#tokens(process, () => running.lastIntent),
      }),
      access: accessOver(store, {
        ...deps,
        enqueueRefresh: async (_, seenGeneration) => {
          const fate = await this.steps.stop(process, 'enqueue')
          // The queue may lose it: the sweep is there.
          if (fate % 4 === 3) return
          const worker = this.#processes[fate % this.#processes.length] as Running
          if (worker.process.alive) this.#demand(worker, seenGeneration)
        },
      }),
    }
    this.#processes[place] = running
    this.steps.story.push(`${process} starts`)
    watch.raise()
  }

  #demand(worker: Running, seenGeneration: number, acceptRisk?: boolean): void {
    const request = {
      seenGeneration,
      waitMs: timings.callerWaitMs,
      ...(acceptRisk === undefined ? {} : { acceptRisk }),
    }
    this.#watched(worker.process, 'a refresh on demand', () => worker.refresher.refresh(connectionId, request))
  }

  /** Whoever comes next: the sweep, a person, a caller, another authorization, new keys, a deletion. */
  async #start(running: Running, which: number, fate: number): Promise<void> {
    const { rows, steps, watch } = this
    const { process, refresher, access } = running
    const seen = await rows.read()
    if (!seen) return
    const { generation, refreshAt, keyId } = seen.credential
    const ask = (options: { minTtlSeconds?: number; rejectedGeneration?: number }) =>
      this.#watched(process, 'a caller', async () => {
        const token: AccessToken = await access.accessToken(connectionId, options)
        watch.handedOut(token, options.rejectedGeneration)
      })
    switch (actors[which % actors.length]) {
      case 'due':
        if (!refreshAt || refreshAt.getTime() > steps.now) return
        return this.#watched(process, 'the sweep', () =>
          refresher.refresh(connectionId, { seenGeneration: generation, waitMs: 0 }),
        )
      case 'demand':
        return this.#demand(running, generation)
      case 'person':
        if (fate % 8 === 7) watch.riskAccepted = true
        return this.#demand(running, generation, fate % 8 === 7)
      case 'caller':
        return ask({})
      case 'long caller':
        return ask({ minTtlSeconds: 1_800 })
      case 'refused caller':
        return ask({ rejectedGeneration: generation })
      case 'authorization': {
        const grant = { secret: this.provider.open(steps.now), issuedAt: new Date(steps.now), lifetimeSeconds }
        await steps.track(rows.reauthorize(grant))
        steps.story.push('another authorization')
        return
      }
      case 'new keys':
        return this.#watched(process, 'new keys', async () => {
          await steps.stop(process, 'sealed again')
          const sealed = await glassVault(`key-${steps.now}`).seal({} as never, secretIn(seen.credential))
          const before = await rows.read()
          await steps.track(rows.reseal({ generation, keyId }, sealed))
          watch.untouched('new keys', before, await rows.read())
        })
      case 'deletion':
        if (fate % 4 !== 3) return
        await rows.markDeleting()
        return this.#watched(process, 'a deletion', () => this.#erase(process))
    }
  }

  /** As connections/erase.ts does it; over Postgres it is that one, whose own statements nothing comes between. */
  async #erase(process: Process): Promise<void> {
    const { steps, rows, options } = this
    if (options.onDelete)
      return steps.track(
        options.onDelete(
          this.#tokens(process, () => undefined),
          process,
        ),
      )
    const lease = await rows.store(process.ticks).takeLease(connectionId)
    if (!lease) return
    await steps.stop(process, 'revoke')
    this.provider.end(secretIn(lease.row).refreshToken)
    await rows.erase()
  }

  #watched(process: Process, what: string, act: () => Promise<unknown>): void {
    this.steps.enter(process)
    this.steps.story.push(`${process}: ${what} begins`)
    act().then(
      (result) => void this.steps.story.push(`${process}: ${what} ends ${JSON.stringify(result ?? '')}`),
      (error: Error & { code?: string }) => {
        this.steps.story.push(`${process}: ${what} fails, ${error.code ?? error.message}`)
        if (!(error instanceof DatabaseAway) && error.name !== 'EngineError')
          this.watch.breach('an unexpected error', error.stack)
      },
    )
  }

  #fails = (fate: number): boolean => !this.#isQuiet && fate % 32 === 31

  /** Every call of the store in two steps: that it happens, and that its answer comes back. Either may fail. */
  #stepped(process: Process, store: RefreshStore, running: () => Running): RefreshStore {
    const { steps, rows, watch } = this
    const around =
      <Args extends readonly unknown[], Result>(
        name: string,
        act: (...args: Args) => Promise<Result>,
        options: {
          committed?: (result: Result, args: Args, before: Awaited<ReturnType<Rows['read']>>) => void
          back?: (result: Result) => void
        } = {},
      ) =>
      async (...args: Args): Promise<Result> => {
        const asked = process.ticks()
        if (this.#fails(await steps.stop(process, name))) throw new DatabaseAway(`${name} did not happen`)
        const before = await steps.track(rows.read())
        if (name === 'load' || name === 'takeLease') process.early.push(asked)
        const result = await steps.track(act(...args))
        process.early.length = 0
        options.committed?.(result, args, before)
        if (name !== 'storePair') watch.untouched(name, before, await steps.track(rows.read()))
        if (this.#fails(await steps.stop(process, `${name} answers`))) throw new DatabaseAway(`${name} did not answer`)
        options.back?.(result)
        return result
      }
    return {
      load: around('load', store.load),
      async changed(_, ms) {
        await steps.stop(process, 'wait', { takes: ms })
      },
      takeLease: around('takeLease', store.takeLease),
      releaseLease: around('releaseLease', store.releaseLease),
      writeIntent: around('writeIntent', store.writeIntent, {
        committed: (intent, [lease]) => {
          if (intent) watch.intentWritten(intent, lease.row.generation)
        },
        back: (intent) => {
          if (intent) running().lastIntent = watch.intent(intent.attempt)
        },
      }),
      takeIntentBack: around('takeIntentBack', store.takeIntentBack, {
        committed: (_, [, intent], before) => watch.takenBack(intent.attempt, before),
      }),
      admit: around('admit', store.admit),
      storePair: around('storePair', store.storePair, {
        committed: (isStored, [row, pair], before) => watch.pairWritten(row, pair, isStored, before),
      }),
      recordFailure: around('recordFailure', store.recordFailure, {
        committed: (isRecorded, [row, failure], before) => {
          if (isRecorded) watch.failureWritten(row, failure, before)
        },
      }),
      recordBreakerOpen: around('recordBreakerOpen', store.recordBreakerOpen),
      askForRefresh: around('askForRefresh', store.askForRefresh),
      forgetAsking: around('forgetAsking', store.forgetAsking),
      rejectToken: around('rejectToken', store.rejectToken),
    }
  }

  /** The wire: a request waits for its first byte, is on its way, is processed or not, and its answer may not come. */
  #tokens(process: Process, intent: () => Running['lastIntent']): TokenClient {
    const { steps, provider, watch } = this
    return {
      request: async ({ grant, timeoutMs, beforeSend }) => {
        const mine = intent()
        const token = grant.type === 'refresh_token' ? grant.refreshToken : grant.code
        await steps.stop(process, 'first byte')
        try {
          beforeSend?.()
        } catch {
          return { kind: 'not_sent', reason: 'egress_aborted' }
        }
        const sentAt = steps.now
        const sending = watch.sent(process, token, mine)
        let arrived: TokenAnswer | undefined
        steps.add(undefined, `the request with ${token}`, (fate) => {
          arrived = this.#serve(token, sentAt, fate)
        })
        const isLate = () => steps.now - sentAt >= timeoutMs
        const fate = await steps.stop(process, 'answer', { isReady: () => arrived !== undefined || isLate() })
        const answer: TokenAnswer =
          arrived && !(isLate() && fate % 2 === 1) ? arrived : { kind: 'lost', reason: 'egress_timeout' }
        watch.answered(sending, answer.kind === 'answered' ? refreshTokenIn(answer) : null)
        return answer
      },
      async revoke({ tokens }) {
        await steps.pause(steps.stop(process, 'revoke'))
        provider.end(tokens.refreshToken)
        return { kind: 'answered', status: 200, headers: new Headers(), json: {} }
      },
      introspect: async () => undefined,
    }
  }

  #serve(token: string, sentAt: number, fate: number): TokenAnswer {
    const headers = new Headers()
    const happens = this.#isQuiet ? 0 : fate % 16
    if (happens === 15) return { kind: 'answered', status: 503, headers, json: undefined }
    if (happens === 14) return { kind: 'lost', reason: 'egress_reset' }
    if (happens === 13) return { kind: 'not_sent', reason: 'egress_refused' }
    if (happens === 12)
      return { kind: 'answered', status: 429, headers: new Headers({ 'retry-after': '30' }), json: {} }
    const answer = this.provider.refresh(token, sentAt, this.steps.now)
    if (happens === 11 || happens === 10) return { kind: 'lost', reason: 'egress_reset' }
    if (happens === 9) return { kind: 'answered', status: 502, headers, json: undefined }
    if (answer.status === 400) return { kind: 'answered', status: 400, headers, json: { error: 'invalid_grant' } }
    const { accessToken, refreshToken } = answer.secret
    const json = {
      // An answer without what it must have, which has the new refresh token all the same.
      ...(happens === 8 && refreshToken ? {} : { access_token: accessToken }),
      token_type: 'bearer',
      expires_in: lifetimeSeconds,
      ...(refreshToken ? { refresh_token: refreshToken } : {}),
    }
    return { kind: 'answered', status: 200, headers, json }
  }

  /** No more trouble: whatever is under way ends, and the connection must come to rest in a state that is true. */
  async #quiet(): Promise<void> {
    const { steps, rows, watch } = this
    this.#isQuiet = true
    steps.story.push('from here on all goes well')
    await this.#drain()
    for (let place = 0; place < this.#processes.length; place++)
      if (!this.#processes[place]?.process.alive) this.#boot(place)
    let healthySince: number | undefined
    for (let round = 0; round < 12; round++) {
      const seen = await rows.read()
      if (!seen || seen.status === 'needs_reauthorization') break
      const { credential, status } = seen
      if (status === 'deleting') {
        await this.#advance(timings.leaseMs)
        this.#watched(this.#first.process, 'a deletion', () => this.#erase(this.#first.process))
      } else {
        healthySince ??= credential.generation
        if (status === 'active' && credential.generation > healthySince) break
        const due = credential.refreshAt?.getTime()
        if (due === undefined) watch.breach('nothing will ever be done for this connection', credential)
        await this.#advance(Math.max((due ?? 0) - steps.now, 0) + timings.leaseMs)
        await this.#start(this.#first, actors.indexOf('due'), 0)
      }
      await this.#drain()
    }
    const end = await rows.read()
    if (end && end.status !== 'needs_reauthorization') {
      const token = secretIn(end.credential).refreshToken as string
      if (end.status !== 'active') watch.breach('it did not come to rest', end)
      else if (!this.provider.isFresh(token)) watch.breach('the pair that is kept is not the newest', { token })
      this.#watched(this.#first.process, 'a caller', async () => {
        const token = await this.#first.access.accessToken(connectionId, {})
        watch.handedOut(token, undefined)
      })
      await this.#drain()
    }
    watch.end()
  }

  get #first(): Running {
    return this.#processes[0] as Running
  }

  async #drain(): Promise<void> {
    for (let count = 0; count < 2_000; count++) {
      const ready = this.steps.ready()
      // Whoever only waits goes on last.
      const step = ready.find(({ takes }) => takes === 0) ?? ready[0]
      if (!step) return
      this.steps.take(step, 0)
      if (step.takes > 0) await this.rows.setTime(new Date(this.steps.now))
      await this.steps.settle()
      await this.watch.look()
    }
    this.watch.breach('it never comes to rest')
    this.watch.raise()
  }
}

const actors = [
  'due',
  'demand',
  'person',
  'caller',
  'refused caller',
  'due',
  'authorization',
  'long caller',
  'new keys',
  'due',
  'caller',
  'deletion',
] as const

/** The first three: the sweep, a person, a caller. */
const count3 = ({ process }: Running): number => [0, 2, 7][process.number - 1] as number

function refreshTokenIn(answer: TokenAnswer & { kind: 'answered' }): string | null {
  const token = (answer.json as { refresh_token?: string } | undefined)?.refresh_token
  return answer.status === 200 ? (token ?? null) : null
}
