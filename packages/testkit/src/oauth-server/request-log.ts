/** Every request but those of control: never with a secret, a query or a body. */
export interface SeenRequest {
  /** Milliseconds since the epoch on the server's clock. */
  readonly at: number
  readonly method: string
  readonly path: string
  readonly grantType?: string | undefined
  readonly clientId?: string | undefined
  readonly grantId?: string | undefined
  /** `null`: no answer was given. */
  status: number | null
  /** The kind of fault that hit it. */
  fault?: string | undefined
}

export interface RequestLog {
  add(request: SeenRequest): SeenRequest
  list(): readonly SeenRequest[]
}

export function createRequestLog(): RequestLog {
  const requests: SeenRequest[] = []
  return {
    add(request) {
      requests.push(request)
      return request
    },
    list: () => requests.map((request) => ({ ...request })),
  }
}
