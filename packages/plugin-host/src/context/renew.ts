import { DataSourceError, isDataSourceError, isRetryable } from '@wellhead/datasource-node'
import type { Call } from './call.ts'
import type { LiveCredential } from './credential-port.ts'
import { abortable } from './retry-delay.ts'

/** A token this young was just issued, so it is asked whether it works at all before it is given up. */
const youngMs = 60_000

/** The credential to replay with. @throws DataSourceError when there is none, or none would help */
export async function renew(
  call: Call,
  refused: LiveCredential,
  error: DataSourceError,
  wasRenewed: boolean,
): Promise<LiveCredential> {
  const { credential: port, signal } = call.options
  if (!wasRenewed) {
    // Somebody else's refresh may have ended this token while our request was under way.
    const current = await abortable(port.current(), signal)
    if (current.generation > refused.generation) return current
    const isYoung = call.now() - refused.issuedAt < youngMs
    if (port.refresh && !(isYoung && call.options.verifyIdentity === false)) {
      // A token that was just issued and works is refused for what it asks, not for what it is. One that does not work
      // was ended by somebody, or lives by another clock than ours.
      const why = isYoung ? await refusal(call, refused, error) : undefined
      if (why && why.code !== 'unauthorized') throw why
      const fresh = await abortable(port.refresh(refused.generation), signal)
      if (fresh.generation > refused.generation) return fresh
    }
  }
  throw await refusal(call, refused, error)
}

/** Why a token is refused that no refresh would mend: it does not work at all, or only not for this. */
async function refusal(call: Call, refused: LiveCredential, error: DataSourceError): Promise<DataSourceError> {
  const { options } = call
  const status = error.status
  const unauthorized =
    error.code === 'unauthorized'
      ? error
      : new DataSourceError('unauthorized', 'The provider refuses the credential.', { status })
  if (options.verifyIdentity === false || options.auth.method !== 'oauth2') return unauthorized
  try {
    await call.identify({ current: async () => refused })
  } catch (thrown) {
    // Not an answer to the question: the grant must not be given up for it.
    if (isDataSourceError(thrown) && (isRetryable(thrown) || thrown.code === 'cancelled')) return thrown
    return unauthorized
  }
  return new DataSourceError('missing_scope', 'The provider accepts the credential, but not for this request.', {
    status,
  })
}
