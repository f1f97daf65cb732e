/**
 * Several processes over one connection. The refresher and the hand-out of tokens are the real ones; between two of their steps
 * anything may come: a step of another, a crash, time, a wrong date, a database that is away, an answer that is lost.
 */
import type { AccessToken } from '../../src/model.ts'
import type { TokenClient } from '../../src/oauth/token-client.ts'
import { type Access, accessOver } from '../../src/refresh/access.ts'
import { type Refresher, refresherOver } from '../../src/refresh/refresh.ts'
import { waitIn } from './no-waiting.ts'
import { createProvider, lifetimeSeconds, type Provider, type Rotation } from './provider.ts'
import { clients, connectionId, glassVault, type Rows, secretIn, timings, wholeLease } from './rows.ts'
import { facts, graceSeconds, registryWith } from './spec.ts'
import { DatabaseAway, steppedStore } from './stepped-store.ts'
import { Process, Steps } from './steps.ts'
import { type Committed, type Fact, Watch } from './watch.ts'
import { createWire } from './wire.ts'

export interface Move {
  readonly kind: 'step' | 'time' | 'crash' | 'date' | 'start'
  readonly which: number
  readonly fate: number
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** Short of a grace's end, short of what a lease leaves for a call, past that, past a call, a lease, a token's life. */
const lengths = [45_000, 25_000, 35_000, 61_000, 95_000, 125_000, 20 * 60_000, 61 * 60_000]

interface Running {
  readonly process: Process
  readonly refresher: Refresher
  readonly access: Access
  lastIntent: Committed | undefined
}

export interface WorldOptions {
  /** How a deletion goes on; over Postgres it is the engine's own. */
  readonly onDelete?: (tokens: TokenClient) => Promise<void>
}

export class World {
  readonly steps = new Steps()
  readonly provider: Provider
  readonly watch: Watch
  readonly #processes: Running[] = []
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

  async run(moves: readonly Move[]): Promise<void> {
    waitIn(this.steps)
    try {
      await this.#play(moves)
    } finally {
      waitIn(undefined)
    }
  }

  /** Begins with a token that is due, and three processes that all look at it. */
  async #play(moves: readonly Move[]): Promise<void> {
    const { steps, rows } = this
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
    const store = steppedStore(rows.store(process.ticks), {
      process,
      rows,
      steps: this.steps,
      watch,
      onIntent: (intent) => {
        running.lastIntent = intent
      },
    })
    const deps = { vault: glassVault(), timings, log: silent, ticks: process.ticks }
    const running: Running = {
      process,
      lastIntent: undefined,
      refresher: refresherOver(store, {
        ...deps,
        clients: clients as never,
        registry: registryWith(facts[fact]),
        tokens: this.#wire(process, () => running.lastIntent),
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
          const reseal = async () => {
            const before = await rows.read()
            await rows.reseal({ generation, keyId }, sealed)
            watch.untouched('new keys', before, await rows.read())
          }
          // Nothing comes between its reads, so that what changed was changed by it.
          await steps.track(reseal())
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
    if (options.onDelete) return steps.track(options.onDelete(this.#wire(process, () => undefined)))
    const lease = await rows.store(process.ticks).takeLease(connectionId, wholeLease)
    if (!lease) return
    await steps.stop(process, 'revoke')
    this.provider.end(secretIn(lease.row).refreshToken)
    await rows.erase()
  }

  #wire(process: Process, intent: () => Committed | undefined): TokenClient {
    return createWire({ process, steps: this.steps, provider: this.provider, watch: this.watch, intent })
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

  /** No more trouble: whatever is under way ends, and the connection must come to rest in a state that is true. */
  async #quiet(): Promise<void> {
    const { steps, rows, watch } = this
    steps.isQuiet = true
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
