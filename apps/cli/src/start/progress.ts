/** Says on the terminal what a start is doing. */
export interface Progress {
  step(what: string): void
  done(): void
}

export function createProgress(): Progress {
  const begunAt = performance.now()
  let since = begunAt
  let current: string | undefined
  const finish = () => {
    if (current) console.log(`  ${current} … ${((performance.now() - since) / 1000).toFixed(1)} s`)
    current = undefined
  }
  return {
    step(what) {
      finish()
      current = what
      since = performance.now()
    },
    done: finish,
  }
}
