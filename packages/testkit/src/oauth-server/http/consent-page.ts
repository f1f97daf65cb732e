import type { Account } from '../settings.ts'

/** A page with one button per account and one that refuses. */
export function consentPage(request: {
  id: string
  clientId: string
  scopes: readonly string[]
  accounts: readonly Account[]
}): string {
  const { id, clientId, scopes, accounts } = request
  const button = (name: string, value: string, text: string) =>
    `<button name="${name}" value="${escapeHtml(value)}">${escapeHtml(text)}</button>`
  return [
    '<!doctype html><meta charset="utf-8"><title>Allow access</title>',
    `<h1>${escapeHtml(clientId)} asks for access</h1>`,
    scopes.length > 0 ? `<ul>${scopes.map((scope) => `<li>${escapeHtml(scope)}</li>`).join('')}</ul>` : '',
    '<form method="post" action="/oauth/decide">',
    `<input type="hidden" name="id" value="${escapeHtml(id)}">`,
    ...accounts.map((account) => button('account', account.id, `Allow as ${account.name}`)),
    button('deny', 'yes', 'Cancel'),
    '</form>',
  ].join('\n')
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
