/** Calls again and again, so many at a time, for so many seconds; an answer that is not a success ends the bench. */
export async function measure(
  call: () => Promise<Response>,
  { seconds, callers }: { seconds: number; callers: number },
): Promise<string> {
  const times: number[] = []
  const end = performance.now() + seconds * 1000
  const caller = async () => {
    while (performance.now() < end) {
      const began = performance.now()
      const answer = await call()
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${answer.status}: ${text.slice(0, 200)}`)
      times.push(performance.now() - began)
    }
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: callers }, caller))
  const rate = times.length / ((performance.now() - began) / 1000)
  times.sort((a, b) => a - b)
  const at = (share: number) => milliseconds(times[Math.min(times.length - 1, Math.floor(times.length * share))]!)
  const perSecond = `${Math.round(rate)}/s`.padEnd(10)
  return `${perSecond} half in ${at(0.5)}, 99 % in ${at(0.99)}`
}

export function milliseconds(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`
}
