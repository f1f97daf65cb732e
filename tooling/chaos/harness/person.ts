import { walkConsent } from '@wellhead/testkit/oauth-server'

/** Goes from our connect page through the provider's consent to the callback, as a browser does. */
export async function giveAccess(connectUrl: string): Promise<void> {
  const connect = await fetch(connectUrl, { redirect: 'manual' })
  await connect.body?.cancel()
  const cookie = connect.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const callback = await walkConsent(connect.headers.get('location') ?? '')
  const page = await fetch(callback, { redirect: 'manual', headers: { cookie } })
  await page.body?.cancel()
  if (page.status >= 400) throw new Error(`The callback answered with status ${page.status}`)
}
