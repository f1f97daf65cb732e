import { EgressError } from './egress-error.ts'
import { limitRunningTime } from './time-limit.ts'

export interface Watch {
  /** Its reason is an EgressError. */
  readonly signal: AbortSignal
  endTimeLimit(): void
  end(): void
}

/** One signal out of the time limit, the caller's signal and the closing of the egress. */
export function watchSignals(
  host: string,
  timeoutMs: number,
  isSent: () => boolean,
  signals: readonly (AbortSignal | undefined)[],
): Watch {
  const controller = new AbortController()
  const abort = (code: 'egress_timeout' | 'egress_aborted', message: string) =>
    controller.abort(new EgressError(code, message, { sent: isSent() }))
  const onAbort = () => abort('egress_aborted', `The request to ${host} was cancelled.`)
  const endTimeLimit = limitRunningTime(timeoutMs, () =>
    abort('egress_timeout', `The host ${host} did not answer within ${timeoutMs} ms.`),
  )
  for (const signal of signals) {
    if (signal?.aborted) onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
  }
  return {
    signal: controller.signal,
    endTimeLimit,
    end: () => {
      endTimeLimit()
      for (const signal of signals) signal?.removeEventListener('abort', onAbort)
    },
  }
}
