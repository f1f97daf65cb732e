/** Calls `act` again and again, never two at once. It says how many milliseconds are between its end and the next call. */
export function startTimer(act: () => Promise<number>): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      const pauseMs = await act()
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pauseMs)
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
