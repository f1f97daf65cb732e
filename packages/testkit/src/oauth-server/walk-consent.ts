/**
 * Walks an authorize URL as a browser would: consents (or refuses) on the page, if there is one, and gives the callback URL without
 * calling it.
 *
 * @throws Error when the server shows an error page instead
 */
export async function walkConsent(
  authorizeUrl: string,
  choice: { accountId?: string; deny?: boolean; scopes?: readonly string[] } = {},
): Promise<URL> {
  const answer = await fetch(authorizeUrl, { redirect: 'manual' })
  const html = await answer.text()
  const location = answer.headers.get('location')
  if (location) return new URL(location)
  const id = /name="id" value="([^"]+)"/.exec(html)?.[1]
  if (answer.status !== 200 || id === undefined)
    throw new Error(
      `The authorize endpoint shows an error page (HTTP ${answer.status}): ${html.replace(/<[^>]*>/g, ' ')}`,
    )
  const account = choice.accountId ?? /name="account" value="([^"]+)"/.exec(html)?.[1] ?? ''
  const decision = await fetch(new URL('/oauth/decide', authorizeUrl), {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({
      id,
      ...(choice.deny ? { deny: 'yes' } : { account }),
      ...(choice.scopes ? { scopes: choice.scopes.join(' ') } : {}),
    }),
  })
  const back = decision.headers.get('location')
  if (!back) throw new Error(`The consent page refuses (HTTP ${decision.status}): ${await decision.text()}`)
  await decision.body?.cancel()
  return new URL(back)
}
