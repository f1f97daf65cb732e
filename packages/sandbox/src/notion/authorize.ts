import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { House } from '../provider.ts'
import type { Clients } from './clients.ts'
import { consentPage, errorPage } from './consent-page.ts'
import type { Workspace } from './content/workspace.ts'
import { OAuthError } from './errors.ts'
import type { Grants } from './grants.ts'
import { pickable } from './pickable.ts'
import { sentence } from './validation.ts'

/** An open consent page. Answered once, within ten minutes. */
interface Consent {
  readonly clientId: string
  readonly redirectUri: string
  /** Null when the authorize URL had none and the only registered one was taken. */
  readonly sentRedirectUri: string | null
  readonly state: string | undefined
  readonly openedAt: number
}

const consentLifeMs = 10 * 60_000

/** `owner=user` is required. Notion has no scopes and documents no PKCE: what else comes is ignored. */
const querySchema = z.object({
  response_type: z.literal('code'),
  owner: z.literal('user'),
  client_id: z.string(),
  redirect_uri: z.string().optional(),
  state: z.string().optional(),
})

const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
}

export interface AuthorizeParts {
  readonly house: House
  readonly clients: Clients
  readonly grants: Grants
  readonly workspaces: readonly Workspace[]
}

/** https://developers.notion.com/guides/get-started/authorization: the authorize URL and the page it opens. */
export function addAuthorizeRoutes(app: FastifyInstance, parts: AuthorizeParts): { clear(): void } {
  const { house, clients, grants, workspaces } = parts
  const consents = new Map<string, Consent>()

  app.get<{ Querystring: Record<string, string | string[] | undefined> }>('/v1/oauth/authorize', (request, reply) => {
    const { client_id: clientId, redirect_uri: redirectUri } = request.query
    const client = typeof clientId === 'string' ? clients.get(clientId) : undefined
    const refuse = (why: string) => reply.code(400).headers(pageHeaders).send(errorPage(why))
    // Nobody to redirect to yet: RFC 6749 section 4.1.2.1, RFC 9700 section 4.11.
    if (clientId !== undefined && !client) return refuse('Missing or invalid client_id.')
    if (client && typeof redirectUri === 'string' && !client.redirectUris.includes(redirectUri))
      return refuse('Missing or invalid redirect_uri.')
    if (client && redirectUri === undefined && client.redirectUris.length !== 1)
      return refuse('Missing or invalid redirect_uri.')
    const query = querySchema.safeParse(request.query)
    if (!query.success || !client)
      throw new OAuthError(
        400,
        'invalid_request',
        query.success ? 'query failed validation.' : sentence(query.error, request.query, 'query'),
      )
    for (const [id, consent] of consents) if (house.clock.now() - consent.openedAt > consentLifeMs) consents.delete(id)
    const id = randomBytes(24).toString('base64url')
    consents.set(id, {
      clientId: client.clientId,
      redirectUri: query.data.redirect_uri ?? client.redirectUris[0]!,
      sentRedirectUri: query.data.redirect_uri ?? null,
      state: query.data.state,
      openedAt: house.clock.now(),
    })
    const redirectHost = new URL(query.data.redirect_uri ?? client.redirectUris[0]!).host
    return reply.headers(pageHeaders).send(consentPage({ consent: id, workspaces, redirectHost }))
  })

  app.post('/consent', async (request, reply) => {
    const refuse = (why: string) => reply.code(400).headers(pageHeaders).send(errorPage(why))
    const { origin } = request.headers
    // `null` is what a browser sends after a redirect or from a page without a referrer.
    if (origin !== undefined && origin !== 'null' && URL.parse(origin)?.host !== request.headers.host)
      return refuse('This answer comes from another site.')
    if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? ''))
      return refuse('This is not the form of the consent page.')
    const form = new URLSearchParams(String(request.body ?? ''))
    const id = form.get('consent') ?? ''
    const consent = consents.get(id)
    consents.delete(id)
    if (!consent || house.clock.now() - consent.openedAt > consentLifeMs)
      return refuse('This page was answered already, or it was open for too long. Please start again.')
    const back = new URL(consent.redirectUri)
    const workspace = workspaces.find(({ person }) => person.id === form.get('account'))
    if (form.get('decision') === 'allow' && workspace) {
      // Pages of the other workspace are not this person's to give.
      const own = new Set(pickable(workspace).map((page) => page.id))
      const pages = form.getAll('page').filter((page) => own.has(page))
      const { clientId, sentRedirectUri } = consent
      back.searchParams.set(
        'code',
        grants.allow({ clientId, personId: workspace.person.id, pages, redirectUri: sentRedirectUri }),
      )
      house.changed()
      await house.durable()
    } else if (form.get('decision') === 'cancel') back.searchParams.set('error', 'access_denied')
    else return refuse('This is not the form of the consent page.')
    if (consent.state !== undefined) back.searchParams.set('state', consent.state)
    return reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }).redirect(back.href, 302)
  })

  return { clear: () => consents.clear() }
}
