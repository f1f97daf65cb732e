import type { AuthorizationServer } from '../authorization-server.ts'
import type { Account, Settings } from '../settings.ts'
import { consentPage, escapeHtml } from './consent-page.ts'
import type { HttpExchange } from './exchange.ts'

export interface AuthorizeParts {
  readonly server: AuthorizationServer
  readonly accounts: readonly Account[]
  settings(): Settings
}

/** What a browser is given: a redirect, or a page. */
export type BrowserAnswer = { readonly location: string } | { readonly status: number; readonly html: string }

/** `GET /oauth/authorize`: a redirect back, the consent page, or a page that says why nothing is redirected. */
export function authorize(parts: AuthorizeParts, query: URLSearchParams): BrowserAnswer {
  const answer = parts.server.authorizations.request(query)
  if (answer.kind === 'page') return errorPage(answer.message)
  if (answer.kind === 'redirect') return { location: answer.location }
  if (parts.settings().consent === 'form')
    return { status: 200, html: consentPage({ ...answer, accounts: parts.accounts }) }
  const hint = query.get('login_hint')
  const account = parts.accounts.find(({ id, email }) => id === hint || email === hint) ?? parts.accounts[0]!
  return { location: parts.server.authorizations.decide(answer.id, { allow: true, account })! }
}

/** `POST /oauth/decide`: the form of the consent page. `scopes` may be added to grant fewer than were asked for. */
export function decide(parts: AuthorizeParts, form: URLSearchParams): BrowserAnswer {
  const deny = form.has('deny')
  const account = parts.accounts.find(({ id }) => id === form.get('account'))
  if (!account && !deny) return errorPage('Choose an account.')
  const location = parts.server.authorizations.decide(
    form.get('id') ?? '',
    account && !deny
      ? { allow: true, account, scopes: form.get('scopes')?.split(' ').filter(Boolean) }
      : { allow: false },
  )
  return location === undefined ? errorPage('This request is over.') : { location }
}

export function sendToBrowser({ response, seen }: HttpExchange, answer: BrowserAnswer): void {
  seen.status = 'location' in answer ? 302 : answer.status
  const headers = { 'cache-control': 'no-store' }
  if ('location' in answer) response.writeHead(302, { ...headers, location: answer.location }).end()
  else response.writeHead(answer.status, { ...headers, 'content-type': 'text/html; charset=utf-8' }).end(answer.html)
}

function errorPage(message: string): BrowserAnswer {
  return {
    status: 400,
    html: `<!doctype html><title>Error</title><h1>This does not work</h1><p>${escapeHtml(message)}</p>`,
  }
}
