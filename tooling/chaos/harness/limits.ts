import { productionTimings } from './engine.ts'

/** At which lengths of time and in which numbers a run of the suite happens. */
export interface Limits {
  readonly form: 'scaled' | 'short' | 'production'
  /** Every length of time is divided by this. */
  readonly factor: number
  /** As WELLHEAD_TIMINGS. */
  readonly timings: Readonly<Record<string, number>>
  /** A length of time of production, in milliseconds. */
  ms(productionMs: number): number
  /** A number of connections, callers or rounds; fewer in the short form. */
  count(whole: number, short: number): number
}

/** What the protocol waits for. The rest (retention, idle, deadlines of runs) plays no part here. */
const scaled = [
  'leaseMs',
  'tokenCallMs',
  'callerWaitMs',
  'sweepMs',
  'horizonMs',
  'backoffMs',
  'longestBackoffMs',
  'breakerOpenMs',
  'drainMs',
]

export const FACTOR = 10

export async function limitsOf(form: Limits['form']): Promise<Limits> {
  const production = await productionTimings()
  const factor = form === 'production' ? 1 : FACTOR
  const timings =
    form === 'production'
      ? {}
      : { ...Object.fromEntries(scaled.map((name) => [name, (production[name] as number) / factor])), pollMs: 100 }
  return {
    form,
    factor,
    timings: { ...production, ...timings },
    ms: (productionMs) => productionMs / factor,
    count: (whole, short) => (form === 'short' ? short : whole),
  }
}
