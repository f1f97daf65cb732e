import { routes, type Session as SessionBody } from '@wellhead/client/schema'
import type { Actor } from '@wellhead/engine'
import type { Invitation, Member } from '../login/people.ts'
import { roleOf } from '../login/records.ts'
import { ApiProblem } from '../problems.ts'
import { instant } from '../representations/instant.ts'
import type { RouteContext } from './context.ts'

export function registerPeople({ register, engine, rooms, limiter, sandbox }: RouteContext): void {
  const { passwords, people, records, sessions } = rooms

  async function sessionBody(actor: Actor): Promise<SessionBody> {
    const [user, memberships, hasPassword] = await Promise.all([
      records.userById(actor.userId),
      records.membershipsOf(actor.userId),
      passwords.isSet(actor.userId),
    ])
    const named = await records.workspacesById(memberships.map((membership) => membership.organizationId))
    const workspaces = memberships.map((membership) => ({
      id: membership.organizationId,
      name: named.get(membership.organizationId)?.name ?? '',
      role: roleOf(membership.role),
    }))
    const workspace = workspaces.find(({ id }) => id === actor.workspaceId)
    if (!user || !workspace) throw new ApiProblem('forbidden', 'You are not a member of this workspace any more.')
    return {
      user: { id: user.id, name: user.name, email: user.email },
      workspace,
      workspaces,
      sandbox,
      has_password: hasPassword,
    }
  }

  register(routes.session.get, async ({ actor }) => ({ status: 200, body: await sessionBody(actor) }))

  register(routes.session.switchWorkspace, async ({ actor, body, request, reply }) => {
    const other = await engine.tenancy.memberActor(actor.userId, body.workspace_id)
    if (!other || !(await sessions.switchWorkspace(request, reply, body.workspace_id)))
      throw new ApiProblem('workspace_not_found', 'You are not a member of such a workspace.')
    return { status: 200, body: await sessionBody(other) }
  })

  register(routes.session.putPassword, async ({ actor, body, request }) => {
    await limiter.checkSignIn(request)
    await passwords.put(request, actor, { newPassword: body.new_password, currentPassword: body.current_password })
    return { status: 200, body: await sessionBody(actor) }
  })

  register(routes.members.list, async ({ actor }) => ({
    status: 200,
    body: { items: (await people.members(actor)).map(memberBody) },
  }))

  register(routes.members.update, async ({ actor, params, body }) => ({
    status: 200,
    body: memberBody(await people.setRole(actor, params.user_id, body.role)),
  }))

  register(routes.members.remove, async ({ actor, params }) => {
    await people.remove(actor, params.user_id)
    return { status: 204 }
  })

  register(routes.invitations.create, async ({ actor, body }) => {
    const invitation = await people.invite(actor, body)
    return { status: 201, body: { ...invitationBody(invitation), join_url: invitation.joinUrl } }
  })

  register(routes.invitations.list, async ({ actor }) => ({
    status: 200,
    body: { items: (await people.invitations(actor)).map(invitationBody) },
  }))

  register(routes.invitations.delete, async ({ actor, params }) => {
    await people.withdraw(actor, params.id)
    return { status: 204 }
  })
}

function memberBody({ user, role, createdAt }: Member) {
  return { user_id: user.id, name: user.name, email: user.email, role, created_at: instant(createdAt) }
}

function invitationBody(invitation: Invitation) {
  return {
    id: invitation.id,
    email: invitation.email,
    role: invitation.role,
    invited_by: invitation.invitedBy,
    created_at: instant(invitation.createdAt),
    expires_at: instant(invitation.expiresAt),
  }
}
