/**
 * What the roles may do with people. Owners: everything. Editors: invite, to at most their own role, and withdraw such
 * invitations. Members: leave.
 */
import type { Role } from '@wellhead/engine'
import { createAccessControl } from 'better-auth/plugins/access'

export const accessControl = createAccessControl({
  organization: ['update', 'delete'],
  member: ['create', 'update', 'delete'],
  invitation: ['create', 'cancel'],
} as const)

export const accessRoles = {
  owner: accessControl.newRole({
    organization: ['update', 'delete'],
    member: ['create', 'update', 'delete'],
    invitation: ['create', 'cancel'],
  }),
  editor: accessControl.newRole({ invitation: ['create', 'cancel'] }),
  member: accessControl.newRole({ member: [] }),
} satisfies Record<Role, unknown>

const rank: Readonly<Record<Role, number>> = { member: 0, editor: 1, owner: 2 }

export function atMost(role: Role, own: Role): boolean {
  return rank[role] <= rank[own]
}

export function mayInvite(role: Role): boolean {
  return accessRoles[role].authorize({ invitation: ['create'] }).success
}

export function mayManageMembers(role: Role): boolean {
  return accessRoles[role].authorize({ member: ['update'] }).success
}
