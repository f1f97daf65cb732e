import type { FastifyInstance } from 'fastify'
import { sampleAccounts } from '../drive/sample.ts'
import type { Clients } from '../oauth/clients.ts'
import { consentPage, errorPage, type Look } from '../oauth/consent-page.ts'
import { createConsents, type OpenConsent, pageHeaders } from '../oauth/consents.ts'
import type { Grants } from '../oauth/grants.ts'
import type { House } from '../provider.ts'
import type { Account } from './accounts.ts'
import { expand, scopeLabels } from './scopes.ts'
import type { GoogleDriveSettings } from './settings.ts'

/** RFC 9207. */
const issuer = 'https://accounts.google.com'

const look: Look = {
  provider: 'Google Account',
  mark: 'G',
  accent: '#0b57d0',
  accentText: '#ffffff',
  background: '#f0f4f9',
  allow: 'Continue',
  cancel: 'Cancel',
  style: 'main{border:0;border-radius:28px;padding:36px}button{border-radius:999px;border-color:#fff;color:#0b57d0}',
}

export interface AuthorizeParts {
  readonly house: House
  readonly clients: Clients
  readonly grants: Grants
  readonly accounts: () => readonly Account[]
  readonly settings: () => GoogleDriveSettings
}

type Query = Readonly<Record<string, string | string[] | undefined>>

/** https://developers.google.com/identity/protocols/oauth2/web-server#creatingclient: the authorize URL and the page it opens. */
export function addAuthorizeRoutes(app: FastifyInstance, parts: AuthorizeParts): { clear(): void } {
  const { house, clients, grants, accounts, settings } = parts

  function granted(consent: OpenConsent, form: URLSearchParams): readonly string[] {
    const { granularConsent, deniedScopes } = settings()
    const ticked = granularConsent ? form.getAll('scope') : consent.scopes
    return consent.scopes.filter((scope) => ticked.includes(scope) && !deniedScopes.includes(scope))
  }

  const consents = createConsents({
    house,
    errorPage: (sentence) => errorPage(look, sentence),
    denied: { error: 'access_denied', iss: issuer },
    allow(consent, form) {
      const account = accounts().find(({ id }) => id === form.get('account'))
      if (!account) return undefined
      const { clientId, redirectUri, challenge, offline, prompted } = consent
      const scopes = granted(consent, form)
      // Offline access gives a refresh token at the first consent alone, unless the consent is asked for again.
      const refreshable = offline && (prompted || !grants.hasConsent(clientId, account.id))
      const code = grants.allow({ clientId, accountId: account.id, scopes, redirectUri, challenge, refreshable })
      return { iss: issuer, code, scope: scopes.join(' '), authuser: '0', prompt: prompted ? 'consent' : 'none' }
    },
  })
  consents.addRoute(app)

  app.get<{ Querystring: Query }>('/o/oauth2/v2/auth', (request, reply) => {
    const judged = judge(request.query, clients)
    // Nobody is redirected: Google says everything but a refusal by the person on a page of its own.
    if ('page' in judged) return reply.code(judged.status).headers(pageHeaders).send(errorPage(look, judged.page))
    const consent = consents.open(judged)
    const html = consentPage(look, {
      consent,
      action: `/google-drive/consent`,
      accounts: accountsFor(accounts(), request.query.login_hint),
      scopes: judged.scopes.map((scope) => ({
        scope,
        label: scopeLabels[scope] ?? scope,
        optional: settings().granularConsent,
      })),
      redirectHost: new URL(judged.redirectUri).host,
    })
    return reply.headers(pageHeaders).send(html)
  })
  return { clear: () => consents.clear() }
}

function judge(query: Query, clients: Clients): OpenConsent | { readonly status: number; readonly page: string } {
  const refuse = (status: number, error: string, why: string) => ({
    status,
    page: `Access blocked: Authorization Error. ${why} Error ${status}: ${error}`,
  })
  const repeated = Object.keys(query).find((name) => typeof query[name] !== 'string')
  if (repeated !== undefined)
    return refuse(400, 'invalid_request', `Parameter not allowed more than once: ${repeated}.`)
  const given = query as Readonly<Record<string, string | undefined>>
  const client = clients.get(given.client_id ?? '')
  if (!given.client_id) return refuse(400, 'invalid_request', 'Missing required parameter: client_id.')
  if (!client) return refuse(401, 'invalid_client', 'The OAuth client was not found.')
  if (!given.redirect_uri) return refuse(400, 'invalid_request', 'Missing required parameter: redirect_uri.')
  if (!client.redirectUris.includes(given.redirect_uri))
    return refuse(400, 'redirect_uri_mismatch', "This app's request is invalid.")
  // The other response types hand out tokens in URLs (RFC 9700, section 2.1.2).
  if (given.response_type !== 'code')
    return refuse(400, 'invalid_request', 'Invalid or missing parameter: response_type.')
  const scopes = [...new Set((given.scope ?? '').split(' ').filter(Boolean).map(expand))]
  if (scopes.length === 0) return refuse(400, 'invalid_request', 'Missing required parameter: scope.')
  const unknown = scopes.find((scope) => !Object.hasOwn(scopeLabels, scope))
  if (unknown !== undefined) return refuse(400, 'invalid_scope', `Some requested scopes were invalid: ${unknown}.`)
  const { access_type: accessType = 'online', prompt = '' } = given
  if (accessType !== 'online' && accessType !== 'offline')
    return refuse(400, 'invalid_request', `Invalid parameter value for access_type: ${accessType}.`)
  const prompts = prompt.split(' ').filter(Boolean)
  if (prompts.some((one) => one !== 'consent' && one !== 'select_account'))
    return refuse(400, 'invalid_request', `Invalid parameter value for prompt: ${prompt}.`)
  const { code_challenge: challenge, code_challenge_method: method } = given
  // Stricter than the real service on purpose, which takes `plain` too (RFC 9700, section 2.1.1).
  if (challenge === undefined ? method !== undefined : method !== 'S256' || !/^[\w-]{43}$/.test(challenge))
    return refuse(400, 'invalid_request', 'Invalid code_challenge, or a code_challenge_method other than S256.')
  return {
    clientId: client.clientId,
    redirectUri: given.redirect_uri,
    state: given.state,
    scopes,
    challenge: challenge ?? null,
    offline: accessType === 'offline',
    prompted: prompts.includes('consent'),
  }
}

/** All of them, the hinted one first. */
function accountsFor(accounts: readonly Account[], hint: unknown) {
  const shown = sampleAccounts.flatMap(({ key, name, email }) => {
    const account = accounts.find(({ person }) => person.key === key)
    return account ? [{ id: account.id, name, email }] : []
  })
  return [...shown].sort((a, b) => Number(b.email === hint) - Number(a.email === hint))
}
