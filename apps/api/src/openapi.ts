import { type AnyRoute, type ProblemCode, problem, problems, type RouteResponse, routes } from '@wellhead/client/schema'
import type { z } from 'zod'
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi'
import { problemsOf } from './caller.ts'

/** The OpenAPI 3.1 document, from the table of routes. */
export function createOpenApi(publicUrl: string) {
  const paths: ZodOpenApiPathsObject = {}
  for (const [noun, verbs] of Object.entries(routes))
    for (const [verb, route] of Object.entries<AnyRoute>(verbs)) {
      paths[route.path] ??= {}
      Object.assign(paths[route.path] as object, { [route.method.toLowerCase()]: operationOf(noun, verb, route) })
    }
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Wellhead',
        version: '1',
        description:
          'Connects data sources to knowledge pipelines. Errors are problem documents (RFC 9457) with a stable `code`.',
      },
      servers: [{ url: publicUrl }],
      paths,
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'An API token, `wh_…`, with scopes.' },
          session: { type: 'apiKey', in: 'cookie', name: 'wellhead.session_token', description: 'A console session.' },
        },
      },
    },
    {
      override: ({ jsonSchema, io }) => {
        // Answers may grow: a client must not refuse a field that it does not know.
        if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
      },
    },
  )
}

function operationOf(noun: string, verb: string, route: AnyRoute): ZodOpenApiOperationObject {
  const { access } = route
  const security = [
    ...(access.kind === 'any' || access.kind === 'scope' ? [{ token: [] }] : []),
    ...(access.kind === 'public' || (access.kind === 'scope' && access.tokenOnly) ? [] : [{ session: [] }]),
  ]
  const scope = access.kind === 'scope' ? `An API token needs the scope \`${access.scope}\`.` : ''
  return {
    operationId: `${noun}.${verb}`,
    tags: [noun],
    summary: route.summary,
    ...(route.description || scope ? { description: [route.description, scope].filter(Boolean).join('\n\n') } : {}),
    security,
    requestParams: {
      ...(route.params ? { path: route.params as z.ZodObject } : {}),
      ...(route.query ? { query: route.query as z.ZodObject } : {}),
    },
    ...(route.body
      ? { requestBody: { required: !route.bodyOptional, content: { 'application/json': { schema: route.body } } } }
      : {}),
    responses: responsesOf(route),
  }
}

function responsesOf(route: AnyRoute): ZodOpenApiResponsesObject {
  const responses: Record<string, unknown> = {}
  for (const [status, response] of Object.entries(route.responses)) responses[status] = responseOf(response)
  const byStatus = Map.groupBy(problemsOf(route), (code) => problems[code].status)
  for (const [status, codes] of byStatus) {
    const known = responses[status] as { content?: object } | undefined
    responses[status] = {
      description: codes.map((code: ProblemCode) => `\`${code}\`: ${problems[code].title}`).join('; '),
      content: { ...known?.content, 'application/problem+json': { schema: problem } },
    }
  }
  return responses as ZodOpenApiResponsesObject
}

function responseOf(response: RouteResponse) {
  const { schema, contentType = 'application/json', alternative } = response
  if (!schema && !response.contentType) return { description: response.description }
  return {
    description: response.description,
    content: {
      [contentType]: schema ? { schema } : {},
      ...(alternative ? { [alternative.contentType]: alternative.schema ? { schema: alternative.schema } : {} } : {}),
    },
  }
}
