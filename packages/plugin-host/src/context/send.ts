import { type AuthSpec, DataSourceError } from '@wellhead/datasource-node'
import { EgressError } from '../egress/egress-error.ts'
import { type Call, toCaller } from './call.ts'
import type { CredentialPort, LiveCredential } from './credential-port.ts'
import { readFailedResponse } from './failed-response.ts'
import { guardBody } from './guard-body.ts'
import { judgeAnswer, refusesToken } from './judge-answer.ts'
import { cancelled, mapEgressError } from './map-egress-error.ts'
import type { PreparedRequest } from './prepare-request.ts'
import { abortable } from './retry-delay.ts'

/** A successful answer. */
export interface Answer {
  readonly response: Response
  /** The body came packed (Content-Encoding), which the response does not tell any more: it was unpacked. */
  readonly wasPacked: boolean
}

export type Outcome =
  | Answer
  | {
      readonly error: DataSourceError
      /** The credential that the answer says is no longer good. */
      readonly refused?: LiveCredential
      /** Provably nothing of the request reached the provider. */
      readonly notSent?: boolean
      /** It is the word of one of the data source's own hosts. */
      readonly fromOwnHost?: boolean
    }

export interface SendOptions {
  readonly origins: ReadonlySet<string>
  readonly renewed: LiveCredential | undefined
  /** Milliseconds of patience. */
  readonly left: () => number
  /** Has the whole of its time, whatever patience is left. */
  readonly isFirst: boolean
}

/** Sends the request once and judges the answer. */
export async function send(
  call: Call,
  request: PreparedRequest,
  { origins, renewed, left, isFirst }: SendOptions,
): Promise<Outcome> {
  const { options, now, secrets } = call
  const { auth, egress, signal, log, hosted } = options
  const { header } = auth.placement
  let credential: LiveCredential | undefined
  let attached: string | undefined
  const headers = { ...request.headers }
  if (call.ownHost) {
    credential = await abortable(newest(options.credential, renewed), signal)
    secrets.add(credential.secret)
    attached = attachment(auth, credential)
    headers[header.toLowerCase()] = attached
  }

  // Last, so that nobody's turn passes while a credential is being refreshed.
  const release = call.ownHost ? await options.pacer?.admit(signal, left()) : undefined
  const begun = performance.now()
  const timeoutMs = isFirst ? request.timeoutMs : Math.min(request.timeoutMs, Math.max(1, left()))
  let response: Response
  let wasPacked = false
  try {
    response = await egress.fetch(request.url, {
      method: request.method,
      headers,
      ...(request.body === undefined ? {} : { body: request.body }),
      signal,
      timeoutMs,
      maxBytes: request.maxBytes,
      // What a provider gives a connection is nobody else's to read, a download on another host included.
      staysEncrypted: call.ownHost,
      onRedirect: (_from, to, next) => {
        // Once it has left the data source's hosts it stays off: a foreign host may have chosen where this leads.
        if (!origins.has(to.origin)) attached = undefined
        if (attached === undefined) {
          if (credential) next.delete(header)
        } else next.set(header, attached)
      },
      onAnswer: (raw) => {
        wasPacked = (raw.get('content-encoding') ?? 'identity').trim().toLowerCase() !== 'identity'
      },
    })
  } catch (error) {
    if (error instanceof EgressError && !signal.aborted) {
      return { error: mapEgressError(error, call.ownHost), notSent: !error.sent }
    }
    throw error
  } finally {
    release?.()
  }

  log.debug('the provider answered', {
    method: request.method,
    host: request.url.host,
    status: response.status,
    duration_ms: Math.round(performance.now() - begun),
  })
  if (response.ok || response.status === 304)
    return { response: guardBody(response, (error) => toCaller(call, error)), wasPacked }

  const failed = await readFailedResponse(response, Math.min(timeoutMs, 30_000))
  if (signal.aborted) throw cancelled()
  const credentialSent = attached !== undefined
  const error = judgeAnswer(hosted.source, failed, { credentialSent, now: now() })
  const refused = credential && credentialSent && refusesToken(auth, failed) ? { refused: credential } : {}
  return { error, ...refused, fromOwnHost: origins.has(new URL(response.url).origin) }
}

async function newest(port: CredentialPort, renewed: LiveCredential | undefined): Promise<LiveCredential> {
  const current = await port.current()
  return renewed && renewed.generation > current.generation ? renewed : current
}

function attachment(auth: AuthSpec, credential: LiveCredential): string {
  // A pasted key with a line break or a typographic dash: no header can carry it, and no provider ever issued it.
  if (!/^[\x20-\x7e]+$/.test(credential.secret)) {
    throw new DataSourceError('unauthorized', 'The credential has characters that cannot be part of one.')
  }
  return auth.placement.scheme === '' ? credential.secret : `${auth.placement.scheme} ${credential.secret}`
}
