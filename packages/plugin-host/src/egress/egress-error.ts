/**
 * - `egress_denied`: the address is private or otherwise special, and no configured range allows it.
 * - `egress_dns`: the name could not be resolved.
 * - `egress_refused`: nothing accepted the connection (or the proxy would not open it).
 * - `egress_tls`: the TLS handshake failed; the server's certificate is not trusted or not for this name.
 * - `egress_timeout`: connecting, the headers or the next bytes of the body took too long.
 * - `egress_reset`: the connection broke off, or the body ended early or cannot be decoded.
 * - `egress_aborted`: the caller's signal was aborted, or the egress was closed.
 * - `egress_too_large`: the body has more bytes than the caller wanted.
 * - `egress_too_many_redirects`: more than five, or one where none was wanted.
 * - `egress_not_encrypted`: a redirect from https to http, where that was not wanted.
 * - `egress_invalid_url`: not an absolute http(s) URL without user name and password, or not a valid HTTP request.
 */
export type EgressErrorCode =
  | 'egress_denied'
  | 'egress_dns'
  | 'egress_refused'
  | 'egress_tls'
  | 'egress_timeout'
  | 'egress_reset'
  | 'egress_aborted'
  | 'egress_too_large'
  | 'egress_too_many_redirects'
  | 'egress_not_encrypted'
  | 'egress_invalid_url'

/** A request that got no usable answer. The message names the host alone: never a path, a query or a header. */
export class EgressError extends Error {
  readonly code: EgressErrorCode
  /**
   * False only when provably no byte of the request reached a server; true when in doubt. Who sends something that must not be
   * sent twice (a refresh token, an authorization code) may send it again only after `false`.
   */
  readonly sent: boolean

  constructor(code: EgressErrorCode, message: string, options: { sent: boolean; cause?: unknown }) {
    super(message)
    this.name = 'EgressError'
    this.code = code
    this.sent = options.sent
    // Not enumerable, so that no logger spills what a library put into its error.
    if (options.cause !== undefined) Object.defineProperty(this, 'cause', { value: options.cause, enumerable: false })
  }
}
