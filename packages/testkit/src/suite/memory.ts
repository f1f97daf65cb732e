import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** How much memory this process took more at most than when it began to be watched, after garbage was collected each time. */
export interface MemoryWatch {
  sample(): void
  /** Bytes: of the heap and of the buffers outside of it. */
  grown(): number
}

export function watchMemory(): MemoryWatch {
  const collect = collector()
  const used = () => {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const first = used()
  let most = first
  return {
    sample() {
      most = Math.max(most, used())
    },
    grown: () => most - first,
  }
}

/** The garbage collector, which Node hides behind a flag. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
