/** Calls `act` again and again with `everyMs` between two calls, never two at once. */
export function startTimer(everyMs: number, act: () => Promise<void>): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await act()
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs)
        stopping.signal.addEventListener(
          'abort',
          () => {
            clearTimeout(timer)
            resolve()
          },
          { once: true },
        )
        if (stopping.signal.aborted) {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await loop
    },
  }
}
