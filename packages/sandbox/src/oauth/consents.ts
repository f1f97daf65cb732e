import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { House } from '../provider.ts'

/** A consent page that is open. Answered once, within ten minutes. */
export interface OpenConsent {
  readonly clientId: string
  readonly redirectUri: string
  readonly state: string | undefined
  readonly scopes: readonly string[]
  /** S256 (RFC 7636). */
  readonly challenge: string | null
  /** Whether the authorize URL asked for what makes the provider issue a refresh token. */
  readonly offline: boolean
  /** Whether it asked for the page although the account had consented before. */
  readonly prompted: boolean
  /** The accounts that may answer; absent: all. */
  readonly accountIds?: readonly string[]
}

const consentLifeMs = 10 * 60_000

/** Of every page that a person sees: nothing is framed, kept, or loaded from elsewhere. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
}

export interface ConsentsOptions {
  readonly house: House
  /** The page that says what went wrong, where nobody can be redirected to. */
  errorPage(sentence: string): string
  /** The person allowed it: the code, or all that the redirect says; undefined when the form is not one of this page. */
  allow(consent: OpenConsent, form: URLSearchParams): string | Readonly<Record<string, string>> | undefined
  /** What the redirect says when the person cancels, besides `state`. */
  readonly denied: Readonly<Record<string, string>>
}

export interface Consents {
  open(consent: OpenConsent): string
  /** `POST <prefix>/consent`, where the page's form goes. */
  addRoute(app: FastifyInstance): void
  clear(): void
}

export function createConsents({ house, errorPage, allow, denied }: ConsentsOptions): Consents {
  const consents = new Map<string, OpenConsent & { readonly openedAt: number }>()
  const isOld = (openedAt: number) => house.clock.now() - openedAt > consentLifeMs
  const refuse = (reply: FastifyReply, why: string) => reply.code(400).headers(pageHeaders).send(errorPage(why))

  return {
    open(consent) {
      for (const [id, { openedAt }] of consents) if (isOld(openedAt)) consents.delete(id)
      const id = randomBytes(24).toString('base64url')
      consents.set(id, { ...consent, openedAt: house.clock.now() })
      return id
    },
    clear: () => consents.clear(),
    addRoute(app) {
      app.post('/consent', async (request, reply) => {
        const { origin } = request.headers
        // `null` is what a browser sends after a redirect or from a page without a referrer.
        if (origin !== undefined && origin !== 'null' && URL.parse(origin)?.host !== request.headers.host)
          return refuse(reply, 'This answer comes from another site.')
        if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? ''))
          return refuse(reply, 'This is not the form of the consent page.')
        const form = new URLSearchParams(String(request.body ?? ''))
        const id = form.get('consent') ?? ''
        const consent = consents.get(id)
        consents.delete(id)
        if (!consent || isOld(consent.openedAt))
          return refuse(reply, 'This page was answered already, or it was open for too long. Please start again.')
        const back = new URL(consent.redirectUri)
        if (form.get('decision') === 'allow') {
          const allowed = allow(consent, form)
          if (allowed === undefined) return refuse(reply, 'This is not the form of the consent page.')
          const said = typeof allowed === 'string' ? { code: allowed } : allowed
          for (const [name, value] of Object.entries(said)) back.searchParams.set(name, value)
          house.changed()
          await house.durable()
        } else if (form.get('decision') === 'cancel')
          for (const [name, value] of Object.entries(denied)) back.searchParams.set(name, value)
        else return refuse(reply, 'This is not the form of the consent page.')
        if (consent.state !== undefined) back.searchParams.set('state', consent.state)
        return reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }).redirect(back.href, 302)
      })
    },
  }
}
