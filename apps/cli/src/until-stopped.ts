/** A terminal, npm and a supervisor may each pass on the same Ctrl-C: what arrives this soon is the same one. */
const SAME_SIGNAL_MS = 1_000

/** Resolves at the first Ctrl-C or SIGTERM. A later one ends the process at once. */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let stoppedAt: number | undefined
    const stop = (signal: NodeJS.Signals) => {
      if (stoppedAt === undefined) {
        stoppedAt = performance.now()
        resolve(signal)
      } else if (performance.now() - stoppedAt > SAME_SIGNAL_MS) process.exit(130)
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}
