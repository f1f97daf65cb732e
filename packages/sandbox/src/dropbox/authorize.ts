import type { FastifyInstance } from 'fastify'
import { consentPage, errorPage, type Look } from '../oauth/consent-page.ts'
import { type Consents, createConsents, pageHeaders } from '../oauth/consents.ts'
import type { DropboxParts } from './parts.ts'

const look: Look = {
  provider: 'Dropbox',
  mark: 'D',
  accent: '#0061fe',
  accentText: '#fff',
  background: '#f7f5f2',
  allow: 'Allow',
  cancel: 'Cancel',
  style: `h1{font-weight:500}
main,button,.mark,fieldset{border-radius:4px}`,
}

/** In the words of the real page. */
const labels: Readonly<Record<string, string>> = {
  'account_info.read': 'View basic information about your Dropbox account such as your username, email, and country',
  'files.metadata.read': 'View information about your Dropbox files and folders',
  'files.content.read': 'View content of your Dropbox files and folders',
}

/** https://www.dropbox.com/developers/documentation/http/documentation#oauth2-authorize */
export function addAuthorizeRoutes(app: FastifyInstance, parts: DropboxParts): Consents {
  const { house, clients, grants, accounts, settings } = parts
  const consents = createConsents({
    house,
    errorPage: (sentence) => errorPage(look, sentence),
    allow(consent, form) {
      const account = accounts().find(({ id }) => id === form.get('account'))
      if (!account) return undefined
      const { clientId, redirectUri, scopes, challenge, offline } = consent
      return grants.allow({ clientId, accountId: account.id, redirectUri, scopes, challenge, refreshable: offline })
    },
    denied: {
      error: 'access_denied',
      error_description: 'The user chose not to give your app access to their Dropbox account.',
    },
  })
  consents.addRoute(app)

  app.get('/oauth2/authorize', (request, reply) => {
    const query = new URL(request.url, 'http://sandbox').searchParams
    const refuse = (why: string) => reply.code(400).headers(pageHeaders).send(errorPage(look, why))
    const one = (name: string) => query.get(name) ?? undefined
    const twice = [...new Set(query.keys())].find((name) => query.getAll(name).length > 1)
    if (twice !== undefined) return refuse(`The parameter "${twice}" is there twice.`)

    // Whoever is not known is never redirected to: RFC 6749, section 4.1.2.1; RFC 9700, section 4.11.
    const client = clients.get(one('client_id') ?? '')
    if (!client) return refuse('Invalid client_id. This app is not known to Dropbox.')
    const redirectUri = one('redirect_uri')
    if (redirectUri === undefined || !client.redirectUris.includes(redirectUri))
      return refuse('Invalid redirect_uri. When a redirect URI is provided, it must exactly match one of the app.')
    if (one('response_type') !== 'code') return refuse('Invalid response_type: must be "code".')
    const accessType = one('token_access_type') ?? 'online'
    if (!['online', 'offline'].includes(accessType)) return refuse(`Invalid token_access_type: "${accessType}".`)
    const challenge = one('code_challenge')
    // The real one takes `plain` as well, and it is what the method is when it is left out; the sandbox is stricter on purpose (RFC 9700, 2.1.1).
    if ((challenge !== undefined || query.has('code_challenge_method')) && one('code_challenge_method') !== 'S256')
      return refuse('Invalid code_challenge_method: must be "S256".')
    if (challenge !== undefined && !/^[\w-]{43}$/.test(challenge)) return refuse('Invalid code_challenge.')
    const { appScopes } = settings()
    // One space between two scopes; a list joined by commas is one unknown scope.
    const scopes = one('scope')?.split(' ') ?? [...appScopes]
    const unknown = scopes.find((scope) => !appScopes.includes(scope))
    if (unknown !== undefined) return refuse(`The app has not been configured with the scope "${unknown}".`)

    const consent = consents.open({
      clientId: client.clientId,
      redirectUri,
      state: one('state'),
      scopes,
      challenge: challenge ?? null,
      offline: accessType === 'offline',
      prompted: one('force_reapprove') === 'true',
    })
    const page = consentPage(look, {
      consent,
      action: '/dropbox/consent',
      accounts: accounts().map(({ id, sample }) => ({ id, name: sample.name, email: sample.email })),
      scopes: scopes.map((scope) => ({ scope, label: labels[scope] ?? scope, optional: false })),
      redirectHost: new URL(redirectUri).host,
    })
    return reply.headers(pageHeaders).send(page)
  })
  return consents
}
