export const faultKinds = ['status', 'malformed_json', 'html', 'truncated', 'slow', 'reset', 'empty'] as const
export type FaultKind = (typeof faultKinds)[number]

/** Something that goes wrong with the next request that matches. */
export interface Fault {
  readonly provider: string
  /** Substring of `METHOD /path`, the path as the provider sees it (`POST /v1/oauth/token`). Absent: any request. */
  readonly match?: string
  /** How many requests it hits; default 1. */
  readonly times?: number
  readonly kind: FaultKind
  /** HTTP status of `status` (default 500), `html` (default 403), `malformed_json` and `empty` (default 200). */
  readonly status?: number
  /** Value of a Retry-After header. */
  readonly retryAfter?: string
  /** Body of `status`; absent: the provider's own error envelope. A string is sent as plain text. */
  readonly body?: unknown
  /** The provider's error code in that envelope. */
  readonly code?: string
  /** How long `slow` takes, in milliseconds; default 1000. */
  readonly delayMs?: number
  /**
   * Whether the provider carries the request out before the fault spoils its answer: with a token request, the refresh token is then spent
   * although the answer is lost. Default false; `truncated` always does, since it cuts the real answer.
   */
  readonly processed?: boolean
}

export interface Faults {
  add(fault: Fault): void
  /** The oldest fault for this request, counted as used. */
  take(provider: string, methodAndPath: string): Fault | undefined
  clear(): void
}

export function createFaults(): Faults {
  let pending: { fault: Fault; left: number }[] = []
  return {
    add(fault) {
      pending.push({ fault, left: fault.times ?? 1 })
    },
    take(provider, methodAndPath) {
      const hit = pending.find(
        ({ fault }) =>
          fault.provider === provider && (fault.match === undefined || methodAndPath.includes(fault.match)),
      )
      if (!hit) return undefined
      hit.left -= 1
      if (hit.left <= 0) pending = pending.filter((entry) => entry !== hit)
      return hit.fault
    },
    clear() {
      pending = []
    },
  }
}
