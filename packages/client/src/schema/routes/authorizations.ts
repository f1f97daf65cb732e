import { authorization, createAuthorization, createdAuthorization } from '../authorizations.ts'
import { idParams } from '../fields.ts'
import { defineRoute } from '../route.ts'

export const authorizations = {
  create: defineRoute({
    method: 'POST',
    path: '/v1/authorizations',
    summary: 'Begin to connect by OAuth',
    access: { kind: 'scope', scope: 'connections:write' },
    body: createAuthorization,
    responses: { 201: { description: 'Send the member to `connect_url`', schema: createdAuthorization } },
    problems: [
      'data_source_not_found',
      'connection_not_found',
      'connection_deleting',
      'connection_not_usable',
      'method_not_supported',
      'oauth_client_missing',
      'invalid_parameters',
      'name_taken',
    ],
  }),
  get: defineRoute({
    method: 'GET',
    path: '/v1/authorizations/{id}',
    summary: 'Follow an authorization',
    access: { kind: 'scope', scope: 'connections:read' },
    params: idParams,
    responses: { 200: { description: 'The authorization', schema: authorization } },
    problems: ['authorization_not_found'],
  }),
}
