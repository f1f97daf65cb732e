/**
 * What many ask at the same moment is asked of the database together: one statement costs hardly more than for one of them.
 * Whoever asks waits for no clock; what comes while statements are under way goes with the next.
 */
export interface GatherOptions {
  /** Most questions of one statement. */
  readonly most: number
  /** Statements under way at once. */
  readonly atOnce: number
}

interface Waiting<Question, Answer> {
  readonly question: Question
  resolve(answer: Answer): void
  reject(error: unknown): void
}

/** `ask` answers each question in its place. A statement that fails is tried for each alone: one bad question spoils no other's answer. */
export function gather<Question, Answer>(
  ask: (questions: readonly Question[]) => Promise<readonly Answer[]>,
  { most, atOnce }: GatherOptions,
): (question: Question) => Promise<Answer> {
  let waiting: Waiting<Question, Answer>[] = []
  let underWay = 0
  let isLooking = false

  function look(): void {
    isLooking = false
    while (waiting.length > 0 && underWay < atOnce) {
      const together = waiting.slice(0, most)
      waiting = waiting.slice(most)
      underWay++
      void answer(together).finally(() => {
        underWay--
        look()
      })
    }
  }

  async function answer(together: readonly Waiting<Question, Answer>[]): Promise<void> {
    try {
      const answers = await ask(together.map(({ question }) => question))
      for (const [index, { resolve }] of together.entries()) resolve(answers[index] as Answer)
    } catch (error) {
      const [first, ...others] = together
      if (others.length === 0) first?.reject(error)
      else for (const one of together) await answer([one])
    }
  }

  return (question) =>
    new Promise((resolve, reject) => {
      waiting.push({ question, resolve, reject })
      if (isLooking) return
      isLooking = true
      // After everything that came in at this turn of the event loop has been asked.
      setImmediate(look)
    })
}

/** The same for what has a name: asked for once, however many ask, and undefined when there is none. */
export function gatherByName<Answer>(
  ask: (names: readonly string[]) => Promise<ReadonlyMap<string, Answer>>,
  options: GatherOptions,
): (name: string) => Promise<Answer | undefined> {
  return gather(async (names: readonly string[]) => {
    const found = await ask([...new Set(names)])
    return names.map((name) => found.get(name))
  }, options)
}

/**
 * For statements that lock rows. `many` leaves undone, as undefined, what it would have to wait for: a row that somebody else has
 * locked holds up no other. `alone` waits.
 */
export function gatherUnlocked<Question, Answer>(
  many: (questions: readonly Question[]) => Promise<readonly (Answer | undefined)[]>,
  alone: (question: Question) => Promise<Answer>,
  options: GatherOptions,
): (question: Question) => Promise<Answer> {
  const gathered = gather(many, options)
  return async (question) => (await gathered(question)) ?? alone(question)
}
