/**
 * What the engine refuses or could not do. The code is stable and public: the HTTP API shows it unchanged. Messages are
 * for people and never carry a secret.
 */
export const engineErrorCodes = [
  // What was asked for does not exist, or the caller may not see it (the two are not told apart).
  'connection_not_found',
  'data_source_not_found',
  'authorization_not_found',
  'pipeline_not_found',
  'node_not_found',
  'run_not_found',
  'document_not_found',
  'oauth_client_not_found',
  'token_not_found',
  // The caller may see it, but not do this.
  'forbidden',
  // The request cannot be carried out as it stands.
  'invalid_settings',
  'invalid_parameters',
  'invalid_cursor',
  'invalid_pipeline_document',
  'unknown_data_source',
  'node_not_runnable',
  'invalid_variables',
  'method_not_supported',
  'operation_not_supported',
  'oauth_client_missing',
  'api_key_required',
  'name_taken',
  'no_default_connection',
  'min_ttl_unattainable',
  // The state of things forbids it now.
  'connection_not_usable',
  'connection_deleting',
  'needs_reauthorization',
  'credential_invalid',
  'refresh_in_progress',
  'refresh_failed',
  'refresh_would_risk_grant',
  'run_finished',
  // A pending OAuth attempt.
  'authorization_expired',
  'authorization_used',
  'authorization_wrong_browser',
  'authorization_response_invalid',
  'authorization_issuer_mismatch',
  // The vault.
  'vault_key_missing',
  'vault_tampered',
  'vault_misconfigured',
  'vault_unavailable',
  // At start.
  'database_not_migrated',
] as const

export type EngineErrorCode = (typeof engineErrorCodes)[number]

export class EngineError extends Error {
  readonly code: EngineErrorCode
  readonly retryAfterSeconds: number | undefined
  /** Further facts for the caller; never a secret. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(
    code: EngineErrorCode,
    message: string,
    options: { retryAfterSeconds?: number; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message)
    this.name = 'EngineError'
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
    this.details = options.details ?? {}
    // Not enumerable, so that no logger spills what is behind it.
    if (options.cause !== undefined) Object.defineProperty(this, 'cause', { value: options.cause, enumerable: false })
  }
}
