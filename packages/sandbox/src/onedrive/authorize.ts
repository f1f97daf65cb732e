import type { FastifyInstance } from 'fastify'
import type { Clients } from '../oauth/clients.ts'
import { consentPage, errorPage, type Look } from '../oauth/consent-page.ts'
import { type Consents, createConsents, pageHeaders } from '../oauth/consents.ts'
import type { Grants } from '../oauth/grants.ts'
import type { House } from '../provider.ts'
import { type Account, tenant } from './accounts.ts'
import { description, LoginError, missingParameter, unknownScope } from './login-errors.ts'
import { needsAdmin, pageScopes, readScopes } from './scopes.ts'

const look: Look = {
  provider: 'OneDrive',
  mark: 'OD',
  accent: '#0067b8',
  accentText: '#fff',
  background: '#f2f2f2',
  allow: 'Accept',
  cancel: 'Cancel',
  style: `main{border:0;border-radius:0;box-shadow:0 2px 6px rgba(0,0,0,.2);padding:36px}
.mark,button,fieldset,label{border-radius:0}
.mark{background:#0067b8}
h1{font-weight:600}
button{border-color:transparent;background:#e0e0e0;min-width:108px;padding:6px 12px;font-weight:400}`,
}

export interface AuthorizeParts {
  readonly house: House
  readonly clients: Clients
  readonly grants: Grants
  accounts(): readonly Account[]
}

/** Which accounts a tenant of the URL lets in; undefined: there is no such tenant. */
export function accountsOf(name: string, accounts: readonly Account[]): readonly Account[] | undefined {
  if (name === 'common') return accounts
  if (name === 'consumers') return accounts.filter(({ kind }) => kind === 'personal')
  if (name === 'organizations' || name === tenant.id || name === tenant.domain)
    return accounts.filter(({ kind }) => kind === 'work')
  return undefined
}

export const unknownTenant = (name: string): LoginError =>
  new LoginError(
    400,
    'invalid_request',
    90002,
    `Tenant '${name}' not found. Check to make sure you have the correct tenant ID.`,
  )

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#request-an-authorization-code */
export function addAuthorizeRoutes(app: FastifyInstance, parts: AuthorizeParts): Consents {
  const { house, clients, grants, accounts } = parts
  const consents = createConsents({
    house,
    errorPage: (sentence) => errorPage(look, sentence),
    denied: {
      error: 'access_denied',
      error_subcode: 'cancel',
      error_description: 'AADSTS65004: User declined to consent to access the app.',
    },
    allow({ clientId, redirectUri, scopes, challenge, offline, accountIds }, form) {
      const account = accounts().find(({ id }) => id === form.get('account'))
      if (!account || !accountIds?.includes(account.id)) return undefined
      return grants.allow({ clientId, accountId: account.id, scopes, redirectUri, challenge, refreshable: offline })
    },
  })

  app.get<{ Params: { tenant: string } }>('/:tenant/oauth2/v2.0/authorize', (request, reply) => {
    const query = new URL(request.url, house.origin()).searchParams
    const refuse = (error: LoginError) =>
      reply
        .code(400)
        .headers(pageHeaders)
        .send(errorPage(look, description(error)))
    // Nobody to redirect to: RFC 6749, section 4.1.2.1.
    const allowed = accountsOf(request.params.tenant, accounts())
    if (!allowed) return refuse(unknownTenant(request.params.tenant))
    const [clientId, redirectUri] = [once(query, 'client_id'), once(query, 'redirect_uri')]
    const client = clients.get(clientId ?? '')
    if (!client)
      return refuse(
        new LoginError(
          400,
          'unauthorized_client',
          700016,
          `Application with identifier '${clientId ?? ''}' was not found.`,
        ),
      )
    if (redirectUri === undefined || !client.redirectUris.includes(redirectUri))
      return refuse(
        new LoginError(
          400,
          'invalid_request',
          50011,
          'The redirect URI specified in the request does not match the redirect URIs configured for the application.',
        ),
      )

    const state = once(query, 'state')
    const problem = problemOf(query)
    if (problem) {
      const back = new URL(redirectUri)
      back.searchParams.set('error', problem.error)
      back.searchParams.set('error_description', description(problem))
      if (state !== undefined) back.searchParams.set('state', state)
      return reply.redirect(back.href, 302)
    }
    const { scopes = [] } = readScopes(query.get('scope') ?? '') as { scopes?: readonly string[] }
    // A wall without a way round it: only an administrator gets past.
    if (needsAdmin(scopes))
      return refuse(
        new LoginError(
          400,
          'access_denied',
          90094,
          'Need admin approval: an administrator must grant these permissions.',
        ),
      )
    const consent = consents.open({
      clientId: client.clientId,
      redirectUri,
      state,
      scopes,
      challenge: query.get('code_challenge'),
      offline: scopes.includes('offline_access'),
      prompted: query.has('prompt'),
      accountIds: allowed.map(({ id }) => id),
    })
    return reply.headers(pageHeaders).send(
      consentPage(look, {
        consent,
        action: '/onedrive/consent',
        accounts: allowed.map(({ id, name, email, kind }) => ({
          id,
          name,
          email: `${email} (${kind === 'work' ? 'work or school' : 'personal'})`,
        })),
        scopes: pageScopes(scopes),
        redirectHost: new URL(redirectUri).host,
      }),
    )
  })
  consents.addRoute(app)
  return consents
}

/** What is wrong with a request that may be sent back by redirect. */
function problemOf(query: URLSearchParams): LoginError | undefined {
  const invalid = (number: number, sentence: string, error = 'invalid_request') =>
    new LoginError(400, error, number, sentence)
  const twice = [...query.keys()].find((name) => query.getAll(name).length > 1)
  if (twice) return invalid(9002313, `Invalid request. The parameter '${twice}' is there more than once.`)
  const type = query.get('response_type')
  if (type === null) return missingParameter('response_type')
  if (type !== 'code')
    return invalid(700054, `response_type '${type}' is not enabled for the application.`, 'unsupported_response_type')
  const mode = query.get('response_mode') ?? 'query'
  if (mode !== 'query') return invalid(70007, `'${mode}' is not a supported value of 'response_mode' here.`)
  const scope = query.get('scope')
  if (!scope) return missingParameter('scope')
  const scopes = readScopes(scope)
  if ('unknown' in scopes) return unknownScope(scopes.unknown)
  const [challenge, method] = [query.get('code_challenge'), query.get('code_challenge_method')]
  // Plain challenges exist too; the sandbox takes what RFC 9700, section 2.1.1, asks for.
  if ((challenge === null) !== (method === null) || (method !== null && method !== 'S256'))
    return invalid(501491, 'Invalid code_challenge_method: S256 with a code_challenge is expected.')
  if (challenge !== null && !/^[\w-]{43}$/.test(challenge))
    return invalid(501491, 'Invalid size of Code_Challenge parameter.')
  const prompt = query.get('prompt')
  if (prompt === 'none')
    return invalid(50058, 'A silent sign-in was asked for, but no user is signed in.', 'login_required')
  if (prompt !== null && !['login', 'select_account', 'consent'].includes(prompt))
    return invalid(90023, `Unsupported 'prompt' value '${prompt}'.`)
  return undefined
}

/** Undefined also when it is there twice. */
function once(query: URLSearchParams, name: string): string | undefined {
  const [first, ...more] = query.getAll(name)
  return more.length > 0 ? undefined : first
}
