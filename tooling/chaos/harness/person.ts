import { walkConsent } from '@wellhead/testkit/oauth-server'

/** Goes from our connect page through the provider's consent to the callback, as a person with a browser does. */
export async function giveAccess(connectUrl: string): Promise<void> {
  // The page asks whoever is not signed in whether they mean it; its one button posts to the page itself.
  const begun = await fetch(connectUrl, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: new URL(connectUrl).origin, 'content-type': 'application/x-www-form-urlencoded' },
  })
  await begun.body?.cancel()
  const location = begun.headers.get('location')
  if (!location) throw new Error(`The connect page answered with status ${begun.status}`)
  const cookie = begun.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const page = await fetch(await walkConsent(location), { redirect: 'manual', headers: { cookie } })
  await page.body?.cancel()
  if (page.status >= 400) throw new Error(`The callback answered with status ${page.status}`)
}
