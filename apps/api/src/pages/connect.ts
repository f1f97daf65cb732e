/** The browser's way through an authorization: to the provider, back from it, and to the page that tells how it went. */
import type { Authorization } from '@wellhead/engine'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { requireSameOrigin } from '../caller.ts'
import { goTo, sendPage } from './answer.ts'
import type { PageContext } from './context.ts'
import { type Html, html, page } from './html.ts'

interface Id {
  Params: { id: string }
}

export function registerConnect({ app, engine, rooms, streams, publicUrl }: PageContext): void {
  async function begin(id: string, reply: FastifyReply): Promise<FastifyReply> {
    const { location, cookie } = await engine.authorizations.begin(id)
    reply.setCookie(cookie.name, cookie.value, {
      path: cookie.path,
      maxAge: cookie.maxAgeSeconds,
      httpOnly: true,
      sameSite: 'lax',
      secure: publicUrl.startsWith('https:'),
    })
    return goTo(reply, location)
  }

  app.get<Id>('/connect/:id', async (request, reply) => {
    const asked = await engine.authorizations.describe(request.params.id)
    const session = await rooms.sessions.read(request)
    // Whoever began it goes straight on.
    if (session?.user.id === asked.userId) return begin(request.params.id, reply)
    // Anybody else is told whose workspace would get access: a link alone must not take it.
    // The form's answer leads to the provider, which form-action would have to name.
    reply.header('content-security-policy', formCsp)
    return sendPage(
      reply,
      page({
        title: `Connect ${asked.dataSourceName}`,
        body: html`<p><strong>${asked.memberName}</strong> asks you to give the workspace <strong>${asked.workspaceName}</strong> access to ${asked.dataSourceName}. Go on only if you expect this.</p>
<form method="post"><button type="submit">Continue to ${asked.dataSourceName}</button></form>`,
      }),
    )
  })

  app.post<Id>('/connect/:id', async (request, reply) => {
    requireSameOrigin(request, publicUrl)
    return begin(request.params.id, reply)
  })

  app.get<{ Params: { dataSource: string } }>('/oauth/callback/:dataSource', async (request, reply) => {
    // This address holds a code: it is told to nobody (RFC 9700, section 4.2.4).
    reply.header('referrer-policy', 'no-referrer')
    // The raw query: a repeated parameter must be seen as one.
    const query = new URL(request.url, publicUrl).searchParams
    const authorization = await engine.authorizations.callback(request.params.dataSource, query, request.cookies)
    return goTo(reply, `/oauth/outcome/${authorization.id}`)
  })

  const follow = (request: FastifyRequest<Id>) => engine.authorizations.follow(request.params.id, request.cookies)

  app.get<Id>('/oauth/outcome/:id', async (request, reply) => sendPage(reply, outcomePage(await follow(request))))

  app.get<Id>('/oauth/outcome/:id/events', { exposeHeadRoute: false }, async (request, reply) => {
    const { id } = await follow(request)
    streams.send(reply, async function* (signal) {
      while (!signal.aborted) {
        const { done, value } = await engine.authorizations.settled(id, 5_000)
        if (!done) continue
        yield { event: 'settled', data: { status: value.status } }
        return
      }
    })
    return reply
  })
}

const formCsp =
  "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self' https: http:"

function outcomePage(authorization: Authorization): string {
  const { title, text, wait } = wordsOf(authorization)
  return page({
    title,
    body: html`${text}${!wait && html`<p><a class="button" href="/">Back to Wellhead</a></p>`}`,
    script: '/assets/pages/outcome.js',
    data: {
      id: authorization.id,
      status: authorization.status,
      connection: authorization.connectionId ?? '',
    },
    ...(wait ? { head: html`<noscript><meta http-equiv="refresh" content="2"></noscript>` } : {}),
  })
}

function wordsOf({ status, error }: Authorization): { title: string; text: Html; wait?: boolean } {
  switch (status) {
    case 'pending':
    case 'exchanging':
      return { title: 'Connecting…', text: html`<p role="status">This takes a moment.</p>`, wait: true }
    case 'completed':
      return { title: 'Connected', text: html`<p>The connection is ready. You can close this page.</p>` }
    case 'cancelled':
      return {
        title: 'Not connected',
        text: html`<p>${error?.message ?? 'You did not give access. Nothing was connected.'} To connect after all, start again from Wellhead.</p>`,
      }
    case 'expired':
      return {
        title: 'Not connected',
        text: html`<p class="bad">${error?.message ?? 'This attempt took longer than ten minutes.'}</p><p>Start again from Wellhead.</p>`,
      }
    case 'failed':
      return {
        title: 'Not connected',
        text: html`<p class="bad">${error?.message ?? 'The connection could not be made.'}</p><p>Go back to Wellhead and connect again.</p>`,
      }
  }
}
