import {
  connection,
  connectionOutcome,
  connectionPage,
  connectionQuery,
  createConnection,
  credentials,
  historyPage,
  historyQuery,
  readCredentials,
  refreshConnection,
  updateConnection,
} from '../connections.ts'
import { idParams } from '../fields.ts'
import { defineRoute } from '../route.ts'

const settled = { description: 'The outcome', schema: connectionOutcome }
const unsettled = { description: 'Accepted; the outcome follows as an event', schema: connectionOutcome }

export const connections = {
  create: defineRoute({
    method: 'POST',
    path: '/v1/connections',
    summary: 'Connect with an API key',
    description:
      'The key is proven at the provider first. A key that the provider refuses leaves nothing behind: the answer is 422 ' +
      '`credential_invalid` with its reason. When the proof takes longer than five seconds, or the provider cannot be reached, ' +
      'the answer is 202 with the connection `pending`, and an event tells how it went.',
    access: { kind: 'scope', scope: 'connections:write' },
    body: createConnection,
    responses: { 201: { description: 'Proven and usable', schema: connectionOutcome }, 202: unsettled },
    problems: [
      'data_source_not_found',
      'method_not_supported',
      'invalid_settings',
      'invalid_parameters',
      'credential_invalid',
      'name_taken',
    ],
  }),
  list: defineRoute({
    method: 'GET',
    path: '/v1/connections',
    summary: 'The connections that the caller may see',
    access: { kind: 'scope', scope: 'connections:read' },
    query: connectionQuery,
    responses: { 200: { description: 'Newest first', schema: connectionPage } },
    problems: ['invalid_cursor', 'data_source_not_found'],
  }),
  get: defineRoute({
    method: 'GET',
    path: '/v1/connections/{id}',
    summary: 'One connection',
    access: { kind: 'scope', scope: 'connections:read' },
    params: idParams,
    responses: { 200: { description: 'The connection', schema: connection } },
    problems: ['connection_not_found'],
  }),
  history: defineRoute({
    method: 'GET',
    path: '/v1/connections/{id}/history',
    summary: 'What happened to a connection',
    description:
      'Its events, and what members did to it, for all who may see it. The progress of runs is left out, and so are reads of the ' +
      'credential, which the audit trail has.',
    access: { kind: 'scope', scope: 'connections:read' },
    params: idParams,
    query: historyQuery,
    responses: { 200: { description: 'Newest first', schema: historyPage } },
    problems: ['connection_not_found', 'invalid_cursor'],
  }),
  update: defineRoute({
    method: 'PATCH',
    path: '/v1/connections/{id}',
    summary: 'Change name, default, visibility, key or settings',
    description:
      'A new key or setting is proven at the provider: 200 with the outcome, or 202 after five seconds. A refused key is ' +
      'kept with status `invalid` and its reason in `last_error`.',
    access: { kind: 'scope', scope: 'connections:write' },
    params: idParams,
    body: updateConnection,
    responses: { 200: settled, 202: unsettled },
    problems: [
      'connection_not_found',
      'connection_deleting',
      'connection_not_usable',
      'method_not_supported',
      'api_key_required',
      'invalid_settings',
      'invalid_parameters',
      'name_taken',
    ],
  }),
  delete: defineRoute({
    method: 'DELETE',
    path: '/v1/connections/{id}',
    summary: 'Disconnect',
    description: 'It is unusable at once; the worker then revokes the grant at the provider and erases the credential.',
    access: { kind: 'scope', scope: 'connections:write' },
    params: idParams,
    responses: { 204: { description: 'It cannot be used any more' } },
    problems: ['connection_not_found', 'connection_deleting'],
  }),
  validate: defineRoute({
    method: 'POST',
    path: '/v1/connections/{id}/validate',
    summary: 'Prove the credential at the provider',
    access: { kind: 'scope', scope: 'connections:write' },
    params: idParams,
    responses: { 200: settled, 202: unsettled },
    problems: ['connection_not_found', 'connection_deleting', 'connection_not_usable', 'needs_reauthorization'],
  }),
  refresh: defineRoute({
    method: 'POST',
    path: '/v1/connections/{id}/refresh',
    summary: 'Refresh the access token now',
    access: { kind: 'scope', scope: 'connections:write' },
    params: idParams,
    body: refreshConnection,
    bodyOptional: true,
    responses: { 200: settled, 202: unsettled },
    problems: [
      'connection_not_found',
      'connection_deleting',
      'connection_not_usable',
      'method_not_supported',
      'needs_reauthorization',
      'refresh_would_risk_grant',
      'refresh_in_progress',
      'refresh_failed',
    ],
  }),
  credentials: defineRoute({
    method: 'POST',
    path: '/v1/connections/{id}/credentials',
    summary: 'Read the credential',
    description:
      'A credential that holds for at least `min_ttl_seconds`, refreshed first when it must be. Every read is in the audit trail. ' +
      'Only an API token with the scope `credentials:read` may ask; a session never may.',
    access: { kind: 'scope', scope: 'credentials:read', tokenOnly: true },
    params: idParams,
    body: readCredentials,
    bodyOptional: true,
    responses: { 200: { description: 'The credential. Not to be stored by caches', schema: credentials } },
    problems: [
      'connection_not_found',
      'connection_deleting',
      'connection_not_usable',
      'needs_reauthorization',
      'credential_invalid',
      'min_ttl_unattainable',
      'refresh_in_progress',
      'refresh_failed',
      'refresh_would_risk_grant',
    ],
  }),
}
