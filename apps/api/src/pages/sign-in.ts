import type { FastifyReply, FastifyRequest } from 'fastify'
import { requireSameOrigin } from '../caller.ts'
import { goTo, sendPage } from './answer.ts'
import type { PageContext } from './context.ts'
import { field } from './form.ts'
import { type Html, html, page } from './html.ts'

export function registerSignIn({ app, rooms, limiter, publicUrl }: PageContext): void {
  const { sessions } = rooms

  app.get('/sign-in', async (request, reply) => {
    if (await sessions.read(request, reply)) return goTo(reply, '/')
    return sendPage(reply, signInPage())
  })

  app.post('/sign-in', async (request, reply) => {
    requireSameOrigin(request, publicUrl)
    await limiter.checkSignIn(request)
    const email = field(request, 'email').trim()
    if (await sessions.signIn(reply, email, field(request, 'password'))) return goTo(reply, '/')
    // One sentence for both: it does not say which addresses are known.
    return sendPage(
      reply,
      signInPage({ email, error: 'This e-mail address and password do not belong together.' }),
      401,
    )
  })

  app.post('/sign-out', async (request, reply) => {
    requireSameOrigin(request, publicUrl)
    await sessions.signOut(request, reply)
    return goTo(reply, '/sign-in')
  })

  const useLink = async (request: FastifyRequest<{ Params: { token: string } }>, reply: FastifyReply) => {
    await limiter.checkSignIn(request)
    if (await sessions.signInByLink(reply, request.params.token)) return goTo(reply, '/')
    return sendPage(
      reply,
      page({
        title: 'This link does not work any more',
        body: html`<p>A sign-in link works once, within ten minutes. For a new one, start Wellhead again, or run <code>wellhead owner create</code>.</p>
<p><a class="button" href="/sign-in">Sign in with a password</a></p>`,
      }),
      410,
    )
  }

  app.get<{ Params: { token: string } }>(
    '/sign-in/link/:token',
    { config: { secretPath: true } },
    async (request, reply) => {
      // A link that another site sends a browser to would sign it in as somebody else: then a person must say so.
      const site = request.headers['sec-fetch-site']
      const typed = site === undefined || site === 'none' || site === 'same-origin'
      const prefetched = /prefetch|preview/.test(
        String(request.headers['sec-purpose'] ?? request.headers.purpose ?? ''),
      )
      if (typed && !prefetched) return useLink(request, reply)
      return sendPage(
        reply,
        page({
          title: 'Sign in',
          body: html`<form method="post"><button type="submit">Sign in with this link</button></form>`,
        }),
      )
    },
  )

  app.post<{ Params: { token: string } }>(
    '/sign-in/link/:token',
    { config: { secretPath: true } },
    async (request, reply) => {
      requireSameOrigin(request, publicUrl)
      return useLink(request, reply)
    },
  )
}

function signInPage(again?: { email: string; error: string }): string {
  const error: Html | undefined = again && html`<p class="bad" role="alert">${again.error}</p>`
  return page({
    title: 'Sign in',
    body: html`${error}<form method="post" action="/sign-in">
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" autocomplete="username" required value="${again?.email}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Sign in</button>
</form>
<p class="quiet">No password yet? Use your invite link, or the sign-in link that Wellhead prints when it starts.</p>`,
  })
}
