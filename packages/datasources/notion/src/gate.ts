/** Lets at most `width` tasks run at once. After one has failed those still waiting fail with it, unless it is `harmless`. */
export type Gate = <T>(task: () => Promise<T>) => Promise<T>

export function createGate(width: number, harmless: (error: unknown) => boolean = () => false): Gate {
  const waiting: (() => void)[] = []
  let running = 0
  let failure: { readonly error: unknown } | undefined
  return async (task) => {
    if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      if (failure) throw failure.error
      return await task()
    } catch (error) {
      if (!harmless(error)) failure ??= { error }
      throw error
    } finally {
      // The place is handed on, so that nobody slips in between.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
