/** Members and invitations of a workspace. */
import type { Actor, Role } from '@wellhead/engine'
import { ApiProblem } from '../problems.ts'
import { atMost, mayInvite, mayManageMembers } from './access-roles.ts'
import { INVITATION_DAYS } from './auth.ts'
import type { InviteLinks } from './invite-links.ts'
import { type InvitationRow, type Membership, type Records, roleOf, type User } from './records.ts'

export interface Member {
  readonly user: User
  readonly role: Role
  readonly createdAt: Date
}

export interface Invitation {
  readonly id: string
  readonly email: string
  readonly role: Role
  readonly invitedBy: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

export function createPeople(records: Records, links: InviteLinks) {
  async function memberIn(workspaceId: string, userId: string): Promise<{ membership: Membership; user: User }> {
    const membership = await records.membership(workspaceId, userId)
    const user = membership && (await records.userById(userId))
    if (!membership || !user) throw new ApiProblem('member_not_found', 'There is no such member of this workspace.')
    return { membership, user }
  }

  /**
   * Takes the owner's role from somebody. Looks after the change whether an owner is left and takes it back if not: of two
   * owners who demote each other at the same moment, in two processes, none then succeeds.
   */
  async function endOwnership(membership: Membership, role: Role): Promise<void> {
    const owners = async () =>
      (await records.membersOf(membership.organizationId)).filter((member) => member.role === 'owner')
    const last = () => new ApiProblem('last_owner', 'This is the last owner. Make another member an owner first.')
    if ((await owners()).length <= 1) throw last()
    await records.setRole(membership.id, role)
    if ((await owners()).length > 0) return
    await records.setRole(membership.id, 'owner')
    throw last()
  }

  const invitationOf = (row: InvitationRow): Invitation => ({
    id: row.id,
    email: row.email,
    role: roleOf(row.role),
    invitedBy: row.inviterId,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
  })

  return {
    async members(actor: Actor): Promise<Member[]> {
      const memberships = await records.membersOf(actor.workspaceId)
      const users = await records.usersById(memberships.map(({ userId }) => userId))
      return memberships.flatMap((membership) => {
        const user = users.get(membership.userId)
        return user ? [{ user, role: roleOf(membership.role), createdAt: membership.createdAt }] : []
      })
    },

    async setRole(actor: Actor, userId: string, role: Role): Promise<Member> {
      if (!mayManageMembers(actor.role)) throw new ApiProblem('forbidden', 'Only owners may change roles.')
      const { membership, user } = await memberIn(actor.workspaceId, userId)
      if (membership.role === 'owner' && role !== 'owner') await endOwnership(membership, role)
      else await records.setRole(membership.id, role)
      return { user, role, createdAt: membership.createdAt }
    },

    async remove(actor: Actor, userId: string): Promise<void> {
      if (userId !== actor.userId && !mayManageMembers(actor.role))
        throw new ApiProblem('forbidden', 'Only owners may remove others.')
      const { membership } = await memberIn(actor.workspaceId, userId)
      if (membership.role === 'owner') await endOwnership(membership, 'member')
      await records.removeMembership(membership.id)
    },

    async invitations(actor: Actor): Promise<Invitation[]> {
      if (!mayInvite(actor.role)) throw new ApiProblem('forbidden', 'Only owners and editors see invitations.')
      const rows = await records.pendingInvitations(actor.workspaceId)
      return rows.filter((row) => row.expiresAt.getTime() > Date.now()).map(invitationOf)
    },

    async invite(actor: Actor, input: { email: string; role: Role }): Promise<Invitation & { joinUrl: string }> {
      if (!mayInvite(actor.role)) throw new ApiProblem('forbidden', 'Only owners and editors may invite.')
      if (!atMost(input.role, actor.role)) throw new ApiProblem('forbidden', 'You may invite to at most your own role.')
      const email = input.email.toLowerCase()
      const known = await records.userByEmail(email)
      if (known && (await records.membership(actor.workspaceId, known.id)))
        throw new ApiProblem('already_member', 'This person is already a member of this workspace.')
      for (const former of await records.pendingInvitations(actor.workspaceId)) {
        if (former.email !== email) continue
        if (!atMost(roleOf(former.role), actor.role))
          throw new ApiProblem('forbidden', 'An owner has already invited this person to a higher role.')
        await records.withdrawInvitation(former.id)
      }
      const now = Date.now()
      const row = await records.createInvitation({
        organizationId: actor.workspaceId,
        email,
        role: input.role,
        status: 'pending',
        inviterId: actor.userId,
        createdAt: new Date(now),
        expiresAt: new Date(now + INVITATION_DAYS * 24 * 3600_000),
      })
      return { ...invitationOf(row), joinUrl: links.of(row.id) }
    },

    async withdraw(actor: Actor, id: string): Promise<void> {
      if (!mayInvite(actor.role)) throw new ApiProblem('forbidden', 'Only owners and editors may withdraw invitations.')
      const row = await records.invitation(id)
      if (!row || row.organizationId !== actor.workspaceId || row.status !== 'pending')
        throw new ApiProblem('invitation_not_found', 'There is no such invitation.')
      if (!atMost(roleOf(row.role), actor.role))
        throw new ApiProblem('forbidden', 'You may withdraw invitations to at most your own role.')
      await records.withdrawInvitation(id)
    },
  }
}

export type People = ReturnType<typeof createPeople>
