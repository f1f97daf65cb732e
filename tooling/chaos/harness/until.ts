import { setTimeout as delay } from 'node:timers/promises'

/** Looks until something is there. @throws Error that names what was waited for */
export async function until<Value>(
  look: () => Promise<Value | undefined | false>,
  what: string,
  timeoutMs: number,
  everyMs = 50,
): Promise<Value> {
  const giveUpAt = performance.now() + timeoutMs
  for (;;) {
    const value = await look()
    if (value !== undefined && value !== false) return value
    if (performance.now() > giveUpAt) throw new Error(`It did not happen within ${Math.round(timeoutMs)} ms: ${what}`)
    await delay(everyMs)
  }
}

/** Calls `act` for each item, so many at a time. */
export async function each<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  act: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = new Array(items.length)
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const index = next++
      results[index] = await act(items[index] as Item, index)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  return results
}
