import { dataSource, dataSourceList, oauthClient, putOAuthClient } from '../data-sources.ts'
import { idParams } from '../fields.ts'
import { defineRoute } from '../route.ts'

export const dataSources = {
  list: defineRoute({
    method: 'GET',
    path: '/v1/data-sources',
    summary: 'The catalog',
    access: { kind: 'any' },
    responses: { 200: { description: 'Every data source of this installation', schema: dataSourceList } },
    problems: [],
  }),
  get: defineRoute({
    method: 'GET',
    path: '/v1/data-sources/{id}',
    summary: 'One data source',
    access: { kind: 'any' },
    params: idParams,
    responses: { 200: { description: 'The data source', schema: dataSource } },
    problems: ['data_source_not_found'],
  }),
}

export const oauthClients = {
  get: defineRoute({
    method: 'GET',
    path: '/v1/data-sources/{id}/oauth-client',
    summary: "The workspace's own OAuth client of a data source",
    access: { kind: 'scope', scope: 'connections:read' },
    params: idParams,
    responses: { 200: { description: 'The client, without its secret', schema: oauthClient } },
    problems: ['data_source_not_found', 'oauth_client_not_found'],
  }),
  put: defineRoute({
    method: 'PUT',
    path: '/v1/data-sources/{id}/oauth-client',
    summary: 'Set the OAuth client',
    description:
      'For owners and editors. The secret is write-only; left out, the stored one is kept, as long as the client id stays the same. ' +
      'Connections that another client minted keep that one.',
    access: { kind: 'scope', scope: 'clients:write' },
    params: idParams,
    body: putOAuthClient,
    responses: { 200: { description: 'The client, without its secret', schema: oauthClient } },
    problems: ['data_source_not_found', 'method_not_supported', 'invalid_parameters'],
  }),
  delete: defineRoute({
    method: 'DELETE',
    path: '/v1/data-sources/{id}/oauth-client',
    summary: 'Go back to the default OAuth client',
    access: { kind: 'scope', scope: 'clients:write' },
    params: idParams,
    responses: { 204: { description: 'Done' } },
    problems: ['data_source_not_found', 'oauth_client_not_found'],
  }),
}
