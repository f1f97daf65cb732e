import type { PageScope } from '../oauth/consent-page.ts'
import type { AccountKind } from './accounts.ts'

/**
 * The delegated permissions that the sandbox knows, in the words of the consent page. OpenID Connect is left out: nobody asks it for an
 * id_token. https://learn.microsoft.com/graph/permissions-reference
 */
const known: Readonly<Record<string, string>> = {
  'Files.Read': 'Read your files',
  'User.Read': 'View your basic profile',
  offline_access: 'Maintain access to data you have given it access to',
}

/** Since July 2025 an administrator has to consent to these for everybody (message centre MC1097272). */
const adminOnly = ['Files.Read.All', 'Files.ReadWrite.All', 'Sites.Read.All', 'Sites.ReadWrite.All']

const resource = 'https://graph.microsoft.com/'

/** The scope as it is documented, whatever its case and with or without the resource before it; undefined: there is none. */
export function canonical(scope: string): string | undefined {
  const bare = scope.toLowerCase().startsWith(resource) ? scope.slice(resource.length) : scope
  return [...Object.keys(known), ...adminOnly].find((name) => name.toLowerCase() === bare.toLowerCase())
}

/** Scopes are parted by spaces, and by nothing else. */
export function readScopes(text: string): { readonly scopes: readonly string[] } | { readonly unknown: string } {
  const asked = text.split(' ').filter(Boolean)
  const unknown = asked.find((scope) => canonical(scope) === undefined)
  return unknown === undefined ? { scopes: [...new Set(asked.map((scope) => canonical(scope)!))] } : { unknown }
}

export const needsAdmin = (scopes: readonly string[]): boolean => scopes.some((scope) => adminOnly.includes(scope))

export const pageScopes = (scopes: readonly string[]): PageScope[] =>
  scopes.map((scope) => ({ scope, label: known[scope] ?? scope, optional: false }))

/** As token answers name them: never `offline_access`, and a personal account's as URIs in another case. */
export function granted(scopes: readonly string[], kind: AccountKind): string {
  const named = scopes.filter((scope) => scope !== 'offline_access')
  return kind === 'work'
    ? [...named, 'profile', 'openid', 'email'].join(' ')
    : named.map((scope) => `${resource}${scope.toLowerCase()}`).join(' ')
}
