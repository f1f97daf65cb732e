/** The properties of the protocol, looked at after every step. A breach is thrown with the story that led to it. */
import type { CredentialRow } from '../../src/refresh/credential.ts'
import type { Intent } from '../../src/refresh/intent.ts'
import type { FailedOutcome, NewPair } from '../../src/refresh/write.ts'
import type { Provider } from './provider.ts'
import { type Rows, type Seen, secretIn, timings } from './rows.ts'
import { graceSeconds } from './spec.ts'
import type { Process, Steps } from './steps.ts'

export type Fact = 'safe' | 'grace' | 'kills' | 'unknown'

/** "Attempt k on generation n", as the row had it committed. */
export interface Committed extends Intent {
  readonly generation: number
  /** When it was committed. Its request may be sent a while later, and its silence is counted from here. */
  readonly at: number
  /** It was provably not processed, or never sent. */
  takenBack: boolean
  /** And the row says so: it does not when a later attempt had begun by then. */
  isTold: boolean
}

interface Sending {
  readonly process: Process
  readonly intent: Committed | undefined
  readonly token: string
  readonly at: number
  isOver: boolean
}

export class Watch {
  readonly breaches: string[] = []
  riskAccepted = false
  readonly #intents: Committed[] = []
  readonly #sendings: Sending[] = []
  readonly #unchecked: Sending[] = []
  /** Answered to a living process, and not yet written by it: refresh token -> process. */
  readonly #inHand = new Map<string, Process>()
  readonly #revoked = new Set<string>()

  readonly fact: Fact
  readonly provider: Provider
  readonly rows: Rows
  readonly steps: Steps

  constructor(over: { fact: Fact; provider: Provider; rows: Rows; steps: Steps }) {
    this.fact = over.fact
    this.provider = over.provider
    this.rows = over.rows
    this.steps = over.steps
  }

  breach(rule: string, details: unknown = ''): void {
    this.breaches.push(`${rule} ${typeof details === 'string' ? details : JSON.stringify(details)}`)
  }

  intentWritten(intent: Intent, generation: number): void {
    this.#intents.push({ ...intent, generation, at: this.steps.now, takenBack: false, isTold: false })
  }

  intent(attempt: number): Committed | undefined {
    return this.#intents.find((one) => one.attempt === attempt)
  }

  takenBack(attempt: number, before: Seen | undefined): void {
    const intent = this.intent(attempt)
    if (!intent) return
    intent.takenBack = true
    intent.isTold ||= before?.credential.intentAttempt === attempt
  }

  sent(process: Process, token: string, intent: Committed | undefined): Sending {
    const sending: Sending = { process, intent, token, at: this.steps.now, isOver: false }
    const generation = intent?.generation
    const former = this.#sendings.filter((one) => one.token === token && one.intent?.generation === generation)
    if (!intent) this.breach('a token request was sent without an intent')
    const counted = former.filter((one) => !one.intent?.takenBack)
    if (!intent?.isReplay && counted.length > 0)
      this.breach('a refresh token was sent again, and not as a replay', { token })
    if (this.#revoked.has(`${generation} ${token}`))
      this.breach('a token was sent that is known to be revoked', { token })
    const isRisky = this.fact === 'kills' || this.fact === 'unknown'
    const silence = 2 * timings.leaseMs
    const mayAnswer = (one: Sending) => !one.isOver && this.steps.now - (one.intent?.at ?? one.at) < silence
    if (isRisky && !this.riskAccepted && counted.some(mayAnswer))
      this.breach('a token was sent again while its first sender might still have the answer', { token })
    const first = counted[0]
    const isInGrace = this.fact === 'grace' && first !== undefined && this.steps.now < first.at + graceSeconds * 1000
    // Where a lease is short, a person who accepts the risk does not wait for a call to be over whose sender is gone.
    const mayOverlap = isInGrace || (this.fact === 'grace' && this.riskAccepted)
    for (const other of this.#sendings)
      if (
        !mayOverlap &&
        !other.isOver &&
        other.intent?.generation === generation &&
        other.at + timings.tokenCallMs > this.steps.now
      )
        this.breach('two token requests of one generation are under way at once', { ...other, now: this.steps.now })
    if (this.fact !== 'safe' && !isInGrace && counted.length >= 2)
      this.breach('a refresh token was sent a third time', { token })
    this.#sendings.push(sending)
    if (counted.length > 0 && this.fact !== 'safe' && !isInGrace) this.#unchecked.push(sending)
    return sending
  }

  answered(sending: Sending, refreshToken: string | null | undefined): void {
    sending.isOver = true
    if (refreshToken) this.#inHand.set(refreshToken, sending.process)
  }

  died(process: Process): void {
    for (const [token, holder] of this.#inHand) if (holder === process) this.#inHand.delete(token)
  }

  /** Around a call that stores a pair: `isStored` is what it said. */
  pairWritten(of: CredentialRow, pair: NewPair, isStored: boolean, before: Seen | undefined): void {
    const { refreshToken } = JSON.parse(pair.sealed.sealed.toString()) as { refreshToken: string }
    this.#inHand.delete(refreshToken)
    if (!isStored) {
      if (before && before.credential.generation <= of.generation)
        this.breach('an issued pair was dropped', { refreshToken })
      return
    }
    if (!before || before.credential.generation !== of.generation) {
      this.breach('a pair was written over one of another generation', { refreshToken })
      return
    }
    const former = secretIn(before.credential).refreshToken as string
    if (refreshToken !== former && this.provider.parentOf(refreshToken) !== former)
      this.breach('a pair was written over one that it does not descend from', { former, refreshToken })
  }

  failureWritten(of: CredentialRow, failure: FailedOutcome, before: Seen | undefined): void {
    if (failure.outcome === 'revoked' && failure.attempt !== undefined)
      this.#revoked.add(`${of.generation} ${secretIn(of).refreshToken}`)
    else if (failure.takeBack !== 'nothing' && failure.attempt !== undefined) this.takenBack(failure.attempt, before)
    if (failure.status !== 'needs_reauthorization' || before?.credential.generation !== of.generation) return
    const token = secretIn(before.credential).refreshToken as string
    if (failure.outcome === 'revoked') {
      if (!this.provider.wasRefused(token)) this.breach('a grant was called revoked that the provider did not refuse')
      return
    }
    // The documented end of an unknown outcome: the attempt and its one replay, both without an answer.
    const open = this.#intents.filter((one) => one.generation === of.generation && !one.isTold)
    if (failure.outcome !== 'unknown_outcome' || open.length < 2 || this.fact === 'safe')
      this.breach('a living grant was given up', { outcome: failure.outcome, open })
  }

  /** Around every other call: what is sealed, and its number, are as before. */
  untouched(what: string, before: Seen | undefined, after: Seen | undefined): void {
    if (!before || !after) return
    if (before.credential.generation !== after.credential.generation || !sameSecret(before, after))
      this.breach(`${what} changed the pair`)
  }

  handedOut(token: { accessToken: string; generation: number }, rejected: number | undefined): void {
    const expiresAt = this.provider.expiryOf(token.accessToken)
    if (expiresAt <= this.steps.now)
      this.breach('an expired token was handed out', { ...token, lateMs: this.steps.now - expiresAt })
    if (token.generation === rejected) this.breach('a rejected token was handed out again')
  }

  /** After each step. */
  async look(): Promise<void> {
    for (const { intent, token } of this.#unchecked.splice(0)) {
      const row = (await this.rows.read())?.credential
      if (!row || row.generation !== intent?.generation || this.riskAccepted) continue
      const isDead = row.rejectedAt !== null || (row.expiresAt !== null && row.expiresAt.getTime() <= this.steps.now)
      if (!isDead)
        this.breach('a replay risked the grant while its access token was good', { token, now: this.steps.now })
    }
    this.raise()
  }

  /** When all is quiet. */
  end(): void {
    for (const token of this.#inHand.keys()) this.breach('an issued pair was never written', { token })
    this.raise()
  }

  raise(): void {
    if (this.breaches.length > 0)
      throw new Error(`${this.breaches.join('\n')}\n  ${this.steps.story.slice(-120).join('\n  ')}`)
  }
}

function sameSecret(one: Seen, other: Seen): boolean {
  const [a, b] = [secretIn(one.credential), secretIn(other.credential)]
  return a.accessToken === b.accessToken && a.refreshToken === b.refreshToken
}
