import { randomUUID } from 'node:crypto'
import type { OauthIntrospectResponse, OauthRevokeResponse, OauthTokenResponse } from '@notionhq/client'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { House } from '../provider.ts'
import type { Clients } from './clients.ts'
import type { Workspace } from './content/workspace.ts'
import { OAuthError } from './errors.ts'
import type { Grants, Issued } from './grants.ts'
import { isJson, sentence } from './validation.ts'

const tokenSchema = z.discriminatedUnion('grant_type', [
  z.strictObject({
    grant_type: z.literal('authorization_code'),
    code: z.string(),
    redirect_uri: z.string().optional(),
    external_account: z.strictObject({ key: z.string(), name: z.string() }).optional(),
  }),
  z.strictObject({ grant_type: z.literal('refresh_token'), refresh_token: z.string() }),
])
const oneToken = z.strictObject({ token: z.string() })

/** What `scope` of an introspection says: the capabilities of the integration. */
const capabilities = 'read_content read_user_with_email'

export interface OAuthParts {
  readonly house: House
  readonly clients: Clients
  readonly grants: Grants
  readonly workspaceOf: (personId: string) => Workspace | undefined
}

/** https://developers.notion.com/reference/create-a-token, /revoke-token, /introspect-token */
export function addOAuthRoutes(app: FastifyInstance, { house, clients, grants, workspaceOf }: OAuthParts): void {
  app.post('/v1/oauth/token', async (request, reply) => {
    const client = clients.authenticate(request)
    const grantType = (jsonObject(request) as { grant_type?: unknown }).grant_type
    if (grantType !== 'authorization_code' && grantType !== 'refresh_token' && grantType !== undefined)
      throw new OAuthError(
        400,
        'unsupported_grant_type',
        'grant_type should be `authorization_code` or `refresh_token`.',
      )
    const body = strictBody(request, tokenSchema)
    let issued: Issued
    try {
      issued =
        body.grant_type === 'authorization_code'
          ? grants.exchange(client.clientId, body.code, body.redirect_uri)
          : grants.refresh(client.clientId, body.refresh_token)
    } finally {
      // A refused second use has killed tokens.
      house.changed()
    }
    // A token that is handed out must be known after a restart.
    await house.durable()
    const workspace = workspaceOf(issued.grant.personId)!
    return answer(reply, {
      access_token: issued.accessToken,
      token_type: 'bearer',
      refresh_token: issued.refreshToken,
      bot_id: issued.grant.botId,
      workspace_id: workspace.id,
      workspace_name: workspace.title,
      workspace_icon: workspace.icon,
      duplicated_template_id: null,
      owner: {
        type: 'user',
        user: {
          object: 'user',
          id: workspace.person.id,
          name: workspace.person.name,
          avatar_url: null,
          type: 'person',
          person: { email: workspace.person.email },
        },
      },
    } satisfies OauthTokenResponse)
  })

  app.post('/v1/oauth/revoke', async (request, reply) => {
    const client = clients.authenticate(request)
    const found = grants.find(strictBody(request, oneToken).token)
    // RFC 7009 section 2.2: an unknown or dead token is no error. It revokes nothing either.
    if (found?.live) {
      if (found.grant.clientId !== client.clientId)
        throw new OAuthError(400, 'invalid_request', 'This token was issued to another client.')
      grants.removeGrant(found.grant)
      house.changed()
      await house.durable()
    }
    return answer(reply, {} satisfies OauthRevokeResponse)
  })

  app.post('/v1/oauth/introspect', async (request, reply) => {
    const client = clients.authenticate(request)
    const found = grants.find(strictBody(request, oneToken).token)
    if (!found?.live || found.grant.clientId !== client.clientId)
      return answer(reply, { active: false } satisfies OauthIntrospectResponse)
    return answer(reply, {
      active: true,
      scope: capabilities,
      iat: Math.floor(found.issuedAt / 1000),
    } satisfies OauthIntrospectResponse)
  })
}

function answer(reply: FastifyReply, body: Record<string, unknown>): FastifyReply {
  const requestId = randomUUID()
  return reply
    .headers({ 'x-notion-request-id': requestId, 'cache-control': 'no-store', pragma: 'no-cache' })
    .send({ ...body, request_id: requestId })
}

/** A JSON object, as documented. The real service seems to take forms as well; the sandbox is stricter on purpose. */
function jsonObject(request: FastifyRequest): object {
  const refused = (why: string) => new OAuthError(400, 'invalid_request', `body failed validation: ${why}`)
  if (!isJson(request)) throw refused('body should be sent as application/json.')
  let body: unknown
  try {
    body = JSON.parse(String(request.body))
  } catch {
    throw refused('body should be valid JSON.')
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw refused('body should be an object.')
  return body
}

function strictBody<S extends z.ZodType>(request: FastifyRequest, schema: S): z.infer<S> {
  const body = jsonObject(request)
  const result = schema.safeParse(body)
  if (!result.success) throw new OAuthError(400, 'invalid_request', sentence(result.error, redacted(body), 'body'))
  return result.data
}

/** Error sentences quote what was sent; a secret must not come back that way. */
function redacted(body: object): object {
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [key, typeof value === 'string' && key !== 'grant_type' ? '…' : value]),
  )
}
