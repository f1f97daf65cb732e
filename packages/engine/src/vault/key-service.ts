/**
 * The port to the keys above the data keys. A data key is wrapped once and unwrapped once per process; what is sealed with it
 * never goes through here, so a service over the network may stand behind it. The local one is key-ring.ts.
 */
import { EngineError } from '../errors.ts'

/** A data key as it is stored: only the named key opens it. */
export interface Wrapped {
  readonly wrapped: Buffer
  readonly wrappedBy: string
}

/**
 * A call that fails with anything but an `EngineError` counts as no answer: the vault says `vault_unavailable` and asks again the
 * next time. Each call must end when its signal is aborted.
 */
export interface KeyService {
  /** The id of the key that wraps new data keys. */
  primaryId(): Promise<string>
  /** Every id that can be unwrapped, the primary one first. */
  ids(): Promise<readonly string[]>
  has(id: string): Promise<boolean>
  /** `context` is authenticated with the data key: unwrapping it with another context fails. */
  wrap(context: string, dataKey: Buffer, signal: AbortSignal): Promise<Wrapped>
  /** @throws EngineError `vault_key_missing` for an id that it does not have, `vault_tampered` when the key or the context is another */
  unwrap(context: string, wrapped: Wrapped, signal: AbortSignal): Promise<Buffer>
}

/** A key service as the vault asks it: in bounded time, with errors that have a name. */
export interface Keys {
  primaryId(): Promise<string>
  ids(): Promise<readonly string[]>
  has(id: string): Promise<boolean>
  /** Tried before it is trusted: what does not unwrap to the same key again is not returned. */
  wrap(context: string, dataKey: Buffer): Promise<Wrapped>
  unwrap(context: string, wrapped: Wrapped): Promise<Buffer>
}

/** Milliseconds that a key service may take to answer. */
const ANSWER_MS = 10_000

/** @throws from each call: EngineError `vault_unavailable` besides those of the service */
export function askInTime(service: KeyService): Keys {
  const unwrap = (context: string, wrapped: Wrapped) =>
    named(() => service.unwrap(context, wrapped, AbortSignal.timeout(ANSWER_MS)))
  return {
    primaryId: () => named(() => service.primaryId()),
    ids: () => named(() => service.ids()),
    has: (id) => named(() => service.has(id)),
    unwrap,
    async wrap(context, dataKey) {
      const wrapped = await named(() => service.wrap(context, dataKey, AbortSignal.timeout(ANSWER_MS)))
      if (!(await unwrap(context, wrapped)).equals(dataKey))
        throw new EngineError(
          'vault_misconfigured',
          `Encryption key "${wrapped.wrappedBy}" does not give back what it wrapped, so it is not used.`,
        )
      return wrapped
    },
  }
}

async function named<Value>(call: () => Promise<Value>): Promise<Value> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof EngineError) throw error
    throw new EngineError(
      'vault_unavailable',
      'The key service does not answer, so a data key cannot be opened or made. Nothing is lost; it is asked again.',
      { retryAfterSeconds: 5, cause: error },
    )
  }
}

/** Errors that end by themselves or by the operator's hand; nothing is wrong with what is stored. */
export function isKeyAway(error: unknown): boolean {
  return error instanceof EngineError && (error.code === 'vault_unavailable' || error.code === 'vault_key_missing')
}
