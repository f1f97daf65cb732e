import { DataSourceError, type DataSourceErrorCode, type FailedResponse, retryAfterMs } from '@wellhead/datasource-node'

/**
 * https://www.dropbox.com/developers/documentation/http/documentation#error-handling
 *
 * 400 is plain text; the others are JSON with an error that is a union in unions, told by its tags.
 */
export function toError(response: FailedResponse): DataSourceError {
  const { status, json, text } = response
  const error = object(object(json).error)
  const [code, sentence] = judge(status, tagsOf(error), error, json === undefined ? text : '')
  const detail = code === 'invalid_request' && status === 400 ? ` Dropbox says: ${withoutTokens(text)}` : ''
  return new DataSourceError(code, sentence + detail, {
    status,
    retryAfterMs: code === 'rate_limited' ? (retryAfterMs(response.headers) ?? seconds(error.retry_after)) : undefined,
  })
}

type Word = readonly [DataSourceErrorCode, string]

/** The two words for a token that a refresh replaces. Other answers of 401 are about something else. */
export function isDeadToken({ status, json }: { status: number; json: unknown }): boolean {
  const [tag] = tagsOf(object(object(json).error))
  return status === 401 && (tag === 'expired_access_token' || tag === 'invalid_access_token')
}

function judge(status: number, tags: readonly string[], error: Json, text: string): Word {
  if (status === 400) return judgeText(text)
  if (status === 401) return judgeAuth(tags[0], error)
  if (status === 403) return judgeAccess(tags[0])
  if (status === 404) return ['not_found', 'Dropbox does not have this.']
  if (status === 409) return judgeRoute(tags)
  if (status === 422 && tags[0] === 'invalid_root')
    return ['invalid_request', 'The root of this Dropbox account has changed.']
  if (status === 422) return ['missing_scope', 'The account has no access to the space of its team.']
  if (status === 429) return ['rate_limited', 'Dropbox was asked too often.']
  if (status === 408 || status >= 500)
    return ['provider_unavailable', `Dropbox cannot answer right now (HTTP ${status}).`]
  return ['invalid_request', `Dropbox refuses the request (HTTP ${status}).`]
}

/** What Dropbox says in words alone. */
function judgeText(text: string): Word {
  if (/access token is malformed|invalid authorization value/i.test(text))
    return ['unauthorized', 'Dropbox refuses the credential.']
  if (/required scope/i.test(text))
    return ['missing_scope', 'The Dropbox app lacks a permission: it is set on the app, under Permissions.']
  if (/invalid "?cursor/i.test(text))
    return ['cursor_expired', 'Dropbox no longer knows this cursor; the listing must start over.']
  return ['invalid_request', 'Dropbox refuses the request (HTTP 400).']
}

function judgeAuth(tag: string | undefined, error: Json): Word {
  const { required_scope: scope } = error
  if (tag === 'missing_scope') {
    const which = typeof scope === 'string' && /^[\w.]{1,64}$/.test(scope) ? ` (${scope})` : ''
    return ['missing_scope', `The connection was not granted what this needs${which}. Authorize it again.`]
  }
  if (tag === 'user_suspended') return ['unauthorized', 'The Dropbox account is suspended.']
  if (tag === 'route_access_denied') return ['misconfigured', 'Dropbox does not offer this call to the app.']
  if (tag === 'invalid_select_user' || tag === 'invalid_select_admin')
    return ['misconfigured', 'The Dropbox app is one of a team; one of a user is needed.']
  return ['unauthorized', 'Dropbox refuses the credential.']
}

function judgeAccess(tag: string | undefined): Word {
  // Without an error of Dropbox's it comes from something in front of it, and says nothing about the account.
  if (tag === undefined) return ['provider_unavailable', 'Something in front of Dropbox blocks the request.']
  if (tag === 'paper_access_denied') return ['content_unavailable', 'The account may not use Dropbox Paper.']
  return ['missing_scope', 'The Dropbox account may not do this.']
}

const routeErrors: Readonly<Record<string, Word>> = {
  reset: ['cursor_expired', 'Dropbox has reset this cursor; the listing must start over.'],
  'path/not_found': ['not_found', 'Dropbox does not have this, or not for this account.'],
  'path/not_file': ['invalid_request', 'This is not a file.'],
  'path/not_folder': ['invalid_request', 'This is not a folder.'],
  'path/malformed_path': ['invalid_request', 'This is not a path of Dropbox.'],
  'path/restricted_content': ['content_unavailable', 'Dropbox restricts access to this content.'],
  'path/unsupported_content_type': ['content_unavailable', 'Dropbox does not give content of this type.'],
  'path/locked': ['content_unavailable', 'This is locked in Dropbox.'],
  unsupported_file: ['content_unavailable', 'Dropbox does not give this type of file as it is.'],
  non_exportable: ['content_unavailable', 'Dropbox does not export this type of file.'],
  invalid_export_format: ['content_unavailable', 'Dropbox does not export this file in that format.'],
  retry_error: ['provider_unavailable', 'The export is not ready yet.'],
}

function judgeRoute(tags: readonly string[]): Word {
  const known = routeErrors[tags.slice(0, 2).join('/')] ?? routeErrors[tags[0] ?? '']
  return known ?? ['invalid_request', 'Dropbox refuses the request (HTTP 409).']
}

type Json = Readonly<Record<string, unknown>>

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}

/** From the outermost to the innermost, as in `path`, `not_found`. */
function tagsOf(error: Json): string[] {
  const tag = error['.tag']
  if (typeof tag !== 'string' || tag === '') return []
  return [tag, ...tagsOf(object(error[tag]))]
}

function seconds(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? Math.ceil(value * 1000) : undefined
}

/** The sentence is kept with the run, so anything that looks like a token is taken out of it. */
function withoutTokens(text: string): string {
  return text.replace(/\bsl\.[\w.-]+|Bearer\s+\S+/gi, '[removed]').slice(0, 300) || 'nothing more.'
}
