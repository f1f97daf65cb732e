import { z } from 'zod'
import { faultCodes } from './words.ts'

/**
 * Every problem that the API answers with. The code is stable; the title says what kind of problem it is, the `detail` of
 * an answer what happened this time.
 */
export const problems = {
  // What was asked for does not exist, or the caller may not see it (the two are not told apart).
  connection_not_found: { status: 404, title: 'No such connection' },
  data_source_not_found: { status: 404, title: 'No such data source' },
  authorization_not_found: { status: 404, title: 'No such authorization' },
  pipeline_not_found: { status: 404, title: 'No such pipeline' },
  node_not_found: { status: 404, title: 'No such node' },
  run_not_found: { status: 404, title: 'No such run' },
  document_not_found: { status: 404, title: 'No such document' },
  oauth_client_not_found: { status: 404, title: 'No such OAuth client' },
  token_not_found: { status: 404, title: 'No such API token' },
  member_not_found: { status: 404, title: 'No such member' },
  invitation_not_found: { status: 404, title: 'No such invitation' },
  workspace_not_found: { status: 404, title: 'No such workspace' },
  not_found: { status: 404, title: 'No such address' },

  // Who asks, and whether they may.
  unauthenticated: { status: 401, title: 'Not signed in' },
  forbidden: { status: 403, title: 'Not allowed' },
  missing_token_scope: { status: 403, title: 'The API token lacks a scope' },
  session_required: { status: 403, title: 'Only for a signed-in member' },
  wrong_password: { status: 403, title: 'Not the current password' },
  cross_origin_refused: { status: 403, title: 'Refused from another origin' },

  // The request itself.
  invalid_request: { status: 400, title: 'The request is not valid' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  not_acceptable: { status: 406, title: 'No such representation' },
  payload_too_large: { status: 413, title: 'The request is too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported content type' },
  range_not_satisfiable: { status: 416, title: 'No such range' },
  rate_limited: { status: 429, title: 'Too many requests' },

  // The request is well-formed but cannot be carried out as it stands.
  invalid_settings: { status: 422, title: 'The settings are not valid' },
  invalid_parameters: { status: 422, title: 'The parameters are not valid' },
  invalid_cursor: { status: 422, title: 'The cursor is not valid' },
  invalid_pipeline_document: { status: 422, title: 'The pipeline document is not valid' },
  unknown_data_source: { status: 422, title: 'The pipeline names a data source that is not installed' },
  node_not_runnable: { status: 422, title: 'The node is not one that Wellhead runs' },
  invalid_variables: { status: 422, title: 'The variables are not valid' },
  method_not_supported: { status: 422, title: 'The data source does not offer this way to authorize' },
  operation_not_supported: { status: 422, title: 'The data source does not offer this operation' },
  api_key_required: { status: 422, title: 'The API key is needed again' },
  credential_invalid: { status: 422, title: 'The provider refused the credential' },
  min_ttl_unattainable: { status: 422, title: 'No token of this source lives that long' },

  // The state of things forbids it now.
  oauth_client_missing: { status: 409, title: 'No OAuth client is configured' },
  name_taken: { status: 409, title: 'The name is taken' },
  no_default_connection: { status: 409, title: 'No default connection' },
  connection_not_usable: { status: 409, title: 'The connection cannot be used' },
  connection_deleting: { status: 409, title: 'The connection is being deleted' },
  needs_reauthorization: { status: 409, title: 'The connection must be authorized again' },
  refresh_would_risk_grant: { status: 409, title: 'A refresh now could end the grant' },
  run_finished: { status: 409, title: 'The run has finished' },
  last_owner: { status: 409, title: 'A workspace keeps at least one owner' },
  already_member: { status: 409, title: 'Already a member' },

  // A pending OAuth attempt.
  authorization_expired: { status: 410, title: 'The authorization has expired' },
  authorization_used: { status: 409, title: 'The authorization was used already' },
  authorization_wrong_browser: { status: 403, title: 'The authorization was begun in another browser' },
  authorization_response_invalid: { status: 400, title: "The provider's answer is not valid" },
  authorization_issuer_mismatch: { status: 400, title: 'The answer came from another provider' },

  // Ours, or the provider's, to repair.
  refresh_in_progress: { status: 503, title: 'A refresh is in progress' },
  refresh_failed: { status: 502, title: 'The credential could not be refreshed' },
  database_unavailable: { status: 503, title: 'The database does not answer' },
  internal_error: { status: 500, title: 'Something went wrong here' },
  vault_key_missing: { status: 500, title: 'An encryption key is missing' },
  vault_tampered: { status: 500, title: 'A sealed record was altered' },
  database_not_migrated: { status: 503, title: 'The database is not migrated' },
  vault_misconfigured: { status: 500, title: 'The encryption keys are not configured' },
  vault_unavailable: { status: 503, title: 'The key service does not answer' },
} as const satisfies Readonly<Record<string, { status: number; title: string }>>

export type ProblemCode = keyof typeof problems

export const problemCodes = Object.keys(problems) as ProblemCode[]

/** What is wrong with one field. */
export const fault = z.object({
  /** Keys joined by dots, as it was sent. */
  path: z.string(),
  message: z.string(),
  /** Which sentence it is, for a page in another language. Absent where the sentence is of the data source's own. */
  code: z.enum(faultCodes).exactOptional(),
  /** What the sentence names: the least, the most, what can be chosen. */
  limit: z.union([z.string(), z.number()]).exactOptional(),
})
export type Fault = z.infer<typeof fault>

/** A problem document (RFC 9457), `application/problem+json`. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.enum(problemCodes),
    /** The request's id, which is also in the log. */
    instance: z.string().exactOptional(),
    /** Of `invalid_request`: what is wrong where. */
    errors: z.array(fault).exactOptional(),
    /** Further facts, by code. */
    details: z.record(z.string(), z.unknown()).exactOptional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof problem>
