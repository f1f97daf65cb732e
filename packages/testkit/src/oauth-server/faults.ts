import { z } from 'zod'

/**
 * What goes wrong with a request. Faults wait in a queue: each takes the first `times` requests that match it (default one), or every one of the
 * next `forSeconds` on the server's clock. `processed` says whether the request does its work before it goes wrong: the tokens are
 * issued, the old ones spent, and the client does not learn of it.
 */
const common = {
  endpoint: z.enum(['token', 'revoke', 'introspect', 'authorize', 'api']).default('token'),
  /** Only requests whose `METHOD /path` contains this. */
  match: z.string().optional(),
  /** Only requests of this grant type. */
  grantType: z.enum(['authorization_code', 'refresh_token']).optional(),
  /** Only requests that name this client. */
  clientId: z.string().optional(),
  /** Only token requests that name one of these grants. */
  grantIds: z.array(z.string()).optional(),
  times: z.int().positive().optional(),
  forSeconds: z.number().positive().optional(),
  /** Milliseconds before the request is processed. */
  delayMs: z.number().min(0).default(0),
  /** Milliseconds between its processing and its answer. */
  answerDelayMs: z.number().min(0).default(0),
}
const processed = (fallback: boolean) => z.boolean().default(fallback)
/** Seconds, or an HTTP date so many seconds ahead of real time (RFC 9110, section 10.2.3). */
const retryAfter = z.union([z.number(), z.strictObject({ dateIn: z.number() })]).optional()

export const faultSchema = z.discriminatedUnion('kind', [
  /** Nothing but the delays. */
  z.strictObject({ kind: z.literal('delay'), ...common }),
  /** The connection is reset: before the work, or, `processed`, with the answer lost. */
  z.strictObject({ kind: z.literal('reset'), processed: processed(false), ...common }),
  /** No answer until the client gives up. */
  z.strictObject({ kind: z.literal('hang'), processed: processed(false), ...common }),
  /** No answer until `release()`. A client that goes away meanwhile leaves the request as it is. */
  z.strictObject({ kind: z.literal('hold'), processed: processed(false), ...common }),
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(200).max(599),
    body: z.unknown().optional(),
    retryAfter,
    processed: processed(false),
    ...common,
  }),
  /** An OAuth error; 401 for `invalid_client`, else 400. */
  z.strictObject({ kind: z.literal('error'), error: z.string(), processed: processed(false), ...common }),
  z.strictObject({ kind: z.literal('redirect'), location: z.string(), processed: processed(false), ...common }),
  z.strictObject({ kind: z.literal('html'), status: z.int().default(200), processed: processed(true), ...common }),
  z.strictObject({ kind: z.literal('invalid_json'), processed: processed(true), ...common }),
  /** Half of the answer, then the connection is reset. */
  z.strictObject({ kind: z.literal('truncated'), processed: processed(true), ...common }),
  /** The answer with so many bytes of padding in it. */
  z.strictObject({
    kind: z.literal('huge'),
    bytes: z.int().default(8 * 1024 * 1024),
    processed: processed(true),
    ...common,
  }),
  /** A successful answer with other fields: `{ set: { expires_in: '300' }, drop: ['refresh_token'] }`. */
  z.strictObject({
    kind: z.literal('answer'),
    set: z.record(z.string(), z.unknown()).default({}),
    drop: z.array(z.string()).default([]),
    ...common,
  }),
])
export type Fault = z.infer<typeof faultSchema>
export type FaultInput = z.input<typeof faultSchema>

export interface FaultSubject {
  readonly endpoint: Fault['endpoint']
  /** `METHOD /path`. */
  readonly request: string
  readonly grantType?: string | undefined
  readonly clientId?: string | undefined
  readonly grantId?: string | undefined
}

export function createFaults(now: () => number) {
  let queue: { fault: Fault; left: number; until: number }[] = []
  let held = Promise.withResolvers<void>()
  return {
    add(input: FaultInput): void {
      const fault = faultSchema.parse(input)
      const until = fault.forSeconds === undefined ? Number.POSITIVE_INFINITY : now() + fault.forSeconds * 1000
      const left = fault.times ?? (fault.forSeconds === undefined ? 1 : Number.POSITIVE_INFINITY)
      queue.push({ fault, left, until })
    },
    clear(): void {
      queue = []
    },
    /** Resolves at the next `release()`. */
    released: (): Promise<void> => held.promise,
    /** Lets every request go on that is held now. */
    release(): void {
      held.resolve()
      held = Promise.withResolvers()
    },
    /** The fault of this request, taken off the queue; `undefined`: all goes well. */
    take(subject: FaultSubject): Fault | undefined {
      queue = queue.filter(({ left, until }) => left > 0 && now() < until)
      const first = queue.find(
        ({ fault }) =>
          fault.endpoint === subject.endpoint &&
          (fault.match === undefined || subject.request.includes(fault.match)) &&
          (fault.grantType === undefined || fault.grantType === subject.grantType) &&
          (fault.clientId === undefined || fault.clientId === subject.clientId) &&
          (fault.grantIds === undefined || fault.grantIds.includes(subject.grantId ?? '')),
      )
      if (first) first.left--
      return first?.fault
    },
  }
}
export type Faults = ReturnType<typeof createFaults>
