import { passwordLength } from '@wellhead/client/schema'
import type { FastifyReply } from 'fastify'
import { requireSameOrigin } from '../caller.ts'
import type { OpenInvitation } from '../login/joining.ts'
import { goTo, sendPage } from './answer.ts'
import type { PageContext } from './context.ts'
import { field } from './form.ts'
import { type Html, html, page } from './html.ts'

interface Key {
  Params: { key: string }
}

export function registerJoin({ app, rooms, limiter, publicUrl }: PageContext): void {
  const { joining, sessions } = rooms
  const gone = (reply: FastifyReply) =>
    sendPage(
      reply,
      page({
        title: 'This invitation does not work any more',
        body: html`<p>An invite link works once, for seven days, and until it is withdrawn. Ask whoever invited you for a new one.</p>
<p><a class="button" href="/">Go to Wellhead</a></p>`,
      }),
      410,
    )

  app.get<Key>('/join/:key', { config: { secretPath: true } }, async (request, reply) => {
    await limiter.checkSignIn(request)
    const invitation = await joining.open(request.params.key)
    if (!invitation) return gone(reply)
    const session = await sessions.read(request, reply)
    return sendPage(reply, joinPage(invitation, { signedInAs: session?.user.email }))
  })

  app.post<Key>('/join/:key', { config: { secretPath: true } }, async (request, reply) => {
    requireSameOrigin(request, publicUrl)
    await limiter.checkSignIn(request)
    const invitation = await joining.open(request.params.key)
    if (!invitation) return gone(reply)
    const signedInAs = (await sessions.read(request, reply))?.user.email
    const again = (error: string) => sendPage(reply, joinPage(invitation, { signedInAs, error }), 422)
    if (signedInAs !== undefined) {
      if (signedInAs !== invitation.email) return again('Sign out first.')
      const joined = await joining.joinSignedIn(invitation, request.headers.cookie ?? '')
      return joined.outcome === 'joined' ? goTo(reply, '/') : gone(reply)
    }
    const name = field(request, 'name').trim()
    const password = field(request, 'password')
    if (!invitation.knownUser) {
      if (name.length < 1 || name.length > 100) return again('Give your name, with at most 100 characters.')
      if (password.length < passwordLength.min || password.length > passwordLength.max)
        return again(
          `Choose a password with at least ${passwordLength.min} and at most ${passwordLength.max} characters.`,
        )
    }
    const joined = await joining.join(invitation, { name, password })
    if (joined.outcome === 'gone') return gone(reply)
    if (joined.outcome === 'wrong_password') return again('This is not the password of your account.')
    for (const cookie of joined.cookies) reply.header('set-cookie', cookie)
    return goTo(reply, '/')
  })
}

function joinPage(invitation: OpenInvitation, state: { signedInAs?: string | undefined; error?: string }): string {
  const error: Html | undefined =
    state.error === undefined ? undefined : html`<p class="bad" role="alert">${state.error}</p>`
  return page({
    title: `Join ${invitation.workspace}`,
    body: html`<p>You are invited as <strong>${invitation.role}</strong>, with the address ${invitation.email}.</p>
${error}${formOf(invitation, state.signedInAs)}`,
  })
}

function formOf(invitation: OpenInvitation, signedInAs: string | undefined): Html {
  if (signedInAs === invitation.email)
    return html`<form method="post"><button type="submit">Join as ${invitation.email}</button></form>`
  if (signedInAs !== undefined)
    return html`<p>You are signed in as ${signedInAs}. Sign out, then open this link again.</p>
<form method="post" action="/sign-out"><button type="submit">Sign out</button></form>`
  if (invitation.knownUser)
    return html`<form method="post">
<label for="password">Your password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Sign in and join</button>
</form>`
  return html`<form method="post">
<label for="name">Your name</label>
<input id="name" name="name" autocomplete="name" maxlength="100" required>
<label for="password">Choose a password</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="${passwordLength.min}" maxlength="${passwordLength.max}" required>
<p class="quiet">At least ${passwordLength.min} characters.</p>
<button type="submit">Join</button>
</form>`
}
