/**
 * Time and order in the model: every process stops at each step that others could come between (a statement, its answer, the
 * first byte of a request, an answer), and goes on when it is chosen. Nothing here waits for real time.
 */
import { vi } from 'vitest'

/** A process of ours. Its date may be wrong, and jumps; its ticks are right. A dead one never goes on. */
export class Process {
  alive = true
  dateIsWrongBy = 0
  /** Ticks that were read before a pause, for the next time they are asked for. */
  readonly early: number[] = []
  readonly number: number
  readonly #base: number
  readonly #clock: { readonly now: number }

  constructor(number: number, clock: { readonly now: number }) {
    this.number = number
    this.#clock = clock
    this.#base = clock.now - 1_000_000 * number
  }

  ticks = (): number => this.early.shift() ?? this.#clock.now - this.#base
  toString = (): string => `process ${this.number}`
}

interface Step {
  readonly process: Process | undefined
  readonly label: string
  /** Milliseconds that pass with it. */
  readonly takes: number
  readonly isReady: () => boolean
  readonly go: (fate: number) => void
}

export class Steps {
  now = Date.UTC(2026, 0, 1)
  /** What happened, in order, for whoever reads a counterexample. */
  readonly story: string[] = []
  current: Process | undefined
  /** From some point on nothing goes wrong any more. */
  isQuiet = false
  #steps: Step[] = []
  /** Statements that are under way for real. */
  #busy = 0

  /** Stops here until chosen; the number that comes back decides what may go wrong with it. */
  stop(process: Process, label: string, options: { takes?: number; isReady?: () => boolean } = {}): Promise<number> {
    return new Promise((resolve) => this.add(process, label, resolve, options))
  }

  add(
    process: Process | undefined,
    label: string,
    go: (fate: number) => void,
    { takes = 0, isReady = () => true }: { takes?: number; isReady?: () => boolean } = {},
  ): void {
    if (process && !process.alive) return
    this.#steps.push({ process, label, takes, isReady, go })
  }

  async track<Value>(work: Promise<Value>): Promise<Value> {
    this.#busy++
    try {
      return await work
    } finally {
      this.#busy--
    }
  }

  /** Within what is tracked: while it stands at a step nothing is under way. */
  async pause(stop: Promise<number>): Promise<number> {
    this.#busy--
    const fate = await stop
    this.#busy++
    return fate
  }

  ready(): readonly Step[] {
    return this.#steps.filter((step) => step.isReady())
  }

  take(step: Step, fate: number): void {
    this.#steps.splice(this.#steps.indexOf(step), 1)
    this.now += step.takes
    this.enter(step.process)
    this.story.push(`${step.process ?? 'network'}: ${step.label}${fate === 0 ? '' : ` (${fate})`}`)
    step.go(fate)
  }

  crash(process: Process): void {
    process.alive = false
    this.#steps = this.#steps.filter((step) => step.process !== process)
    this.story.push(`${process} dies`)
  }

  /** From here on the process's date is what the code sees. */
  enter(process: Process | undefined): void {
    this.current = process
    vi.setSystemTime(this.now + (process?.dateIsWrongBy ?? 0))
  }

  /** Until every process stands at a step again. */
  async settle(): Promise<void> {
    do await new Promise(setImmediate)
    while (this.#busy > 0)
  }
}
