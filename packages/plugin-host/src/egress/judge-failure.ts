import { EgressError, type EgressErrorCode } from './egress-error.ts'

const codes: Readonly<Record<string, EgressErrorCode>> = {
  ENOTFOUND: 'egress_dns',
  EAI_AGAIN: 'egress_dns',
  ECONNREFUSED: 'egress_refused',
  EHOSTUNREACH: 'egress_refused',
  ENETUNREACH: 'egress_refused',
  EADDRNOTAVAIL: 'egress_refused',
  EACCES: 'egress_refused',
  ETIMEDOUT: 'egress_timeout',
  UND_ERR_CONNECT_TIMEOUT: 'egress_timeout',
  UND_ERR_HEADERS_TIMEOUT: 'egress_timeout',
  UND_ERR_BODY_TIMEOUT: 'egress_timeout',
  UND_ERR_PRX_CONN: 'egress_refused',
  UND_ERR_PRX_TLS: 'egress_tls',
  UND_ERR_INVALID_ARG: 'egress_invalid_url',
  UND_ERR_DESTROYED: 'egress_aborted',
  UND_ERR_CLOSED: 'egress_aborted',
}

// https://nodejs.org/api/tls.html#x509-certificate-error-codes
const tlsCode =
  /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH$|INVALID_CA$|INVALID_PURPOSE$|EPROTO$)/

const sentences: Readonly<Record<EgressErrorCode, string>> = {
  egress_denied: 'may not be reached',
  egress_dns: 'cannot be resolved',
  egress_refused: 'refuses the connection',
  egress_tls: 'failed the TLS handshake',
  egress_timeout: 'did not answer in time',
  egress_reset: 'broke off the connection',
  egress_aborted: 'was no longer waited for',
  egress_too_large: 'sent more than was asked for',
  egress_too_many_redirects: 'redirected too often',
  egress_not_encrypted: 'redirects to a URL without encryption',
  egress_invalid_url: 'cannot be asked this way: the request is not valid HTTP',
}

/** Turns what a socket, undici or zlib threw into an EgressError. `started`: the request was handed to a socket. */
export function judgeFailure(error: unknown, host: string, started: boolean): EgressError {
  if (error instanceof EgressError) {
    if (error.sent || !started) return error
    return new EgressError(error.code, error.message, { sent: true, cause: error.cause })
  }
  const code = codeOf(error, started)
  return new EgressError(code, `The host ${host} ${sentences[code]}.`, { sent: started, cause: error })
}

function codeOf(error: unknown, started: boolean): EgressErrorCode {
  for (const one of withCauses(error)) {
    const code = (one as { code?: unknown }).code
    if (typeof code !== 'string') continue
    const known = codes[code]
    if (known) return known
    if (tlsCode.test(code)) return 'egress_tls'
  }
  // Before the request: a proxy that would not open the tunnel, or a server that hung up during the handshake.
  return started ? 'egress_reset' : 'egress_refused'
}

/** The error, the errors of each address that was tried, and their causes. */
function* withCauses(error: unknown, depth = 0): Generator<object> {
  if (typeof error !== 'object' || error === null || depth > 4) return
  yield error
  if (error instanceof AggregateError) for (const one of error.errors) yield* withCauses(one, depth + 1)
  yield* withCauses((error as { cause?: unknown }).cause, depth + 1)
}
