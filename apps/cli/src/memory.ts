import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Bytes of a half of the young generation. Enough for what is under way to die there; more is only memory. */
const ENOUGH = 8 * 1024 * 1024

/**
 * To be called before anything large is loaded. On a machine with much memory V8 lets the young generation grow to well over a hundred
 * megabytes before it looks for what is dead. Here it stops at a few: so small that it never grows, a busy worker spends a fifth of its
 * time on looking.
 * https://nodejs.org/api/cli.html#--max-semi-space-sizesize-in-mib
 */
export function keepYoungGenerationSmall(): void {
  // The maximum is taken at the start of the process; the factor by which it grows towards it is read each time.
  let mayGrow: boolean | undefined
  const look = () => {
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
    const isSmall = (young?.space_size ?? 0) < ENOUGH
    if (isSmall === mayGrow) return
    mayGrow = isSmall
    setFlagsFromString(`--semi-space-growth-factor=${isSmall ? 2 : 1}`)
  }
  look()
  // After each collection, as it may have grown then, or shrunk while there was little to do.
  new PerformanceObserver(look).observe({ entryTypes: ['gc'] })
}
