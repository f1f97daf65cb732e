export interface Comparison {
  readonly wellhead: number
  readonly compared: number
  readonly ratio: number
}

/**
 * Measures the two sides in turn and takes medians: what else the machine does in between meets both. Each side's first rounds are not
 * counted, as it warms up: a process that runs for days is compared, and not one that is being compiled.
 */
export async function compare(
  rounds: number,
  sides: { readonly wellhead: () => Promise<number>; readonly compared: () => Promise<number> },
  { warmUp = 1 }: { warmUp?: number } = {},
): Promise<Comparison> {
  const wellhead: number[] = []
  const compared: number[] = []
  for (let round = 0; round < warmUp + rounds; round++) {
    const pair: Record<keyof typeof sides, number> = { wellhead: 0, compared: 0 }
    const order = round % 2 === 0 ? (['compared', 'wellhead'] as const) : (['wellhead', 'compared'] as const)
    for (const side of order) pair[side] = await sides[side]()
    if (round < warmUp) continue
    wellhead.push(pair.wellhead)
    compared.push(pair.compared)
  }
  return {
    wellhead: median(wellhead),
    compared: median(compared),
    ratio: median(wellhead.map((value, index) => value / (compared[index] as number))),
  }
}

/** How often `call` ends in a second, with so many calls at a time. */
export async function perSecond(
  call: () => Promise<unknown>,
  { callers, ms }: { callers: number; ms: number },
): Promise<number> {
  let calls = 0
  const began = performance.now()
  const caller = async () => {
    while (performance.now() - began < ms) {
      await call()
      calls++
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return (calls * 1000) / (performance.now() - began)
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
