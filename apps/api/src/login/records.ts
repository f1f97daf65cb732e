/** The rows of people, by the login library's own adapter: its names for the fields, our tables. */
import { type Role, roles } from '@wellhead/engine'
import type { Auth } from './auth.ts'

export interface User {
  readonly id: string
  readonly name: string
  readonly email: string
}

export interface Membership {
  readonly id: string
  readonly organizationId: string
  readonly userId: string
  readonly role: string
  readonly createdAt: Date
}

export interface InvitationRow {
  readonly id: string
  readonly organizationId: string
  readonly email: string
  readonly role: string
  readonly status: string
  readonly inviterId: string
  readonly expiresAt: Date
  readonly createdAt: Date
}

/** The library cuts every list at 100 rows unless it is told otherwise. */
const ALL = 10_000

export async function createRecords(auth: Auth) {
  const { adapter } = await auth.$context
  const equals = (field: string, value: string) => ({ field, value })

  return {
    userById: (id: string) => adapter.findOne<User>({ model: 'user', where: [equals('id', id)] }),
    userByEmail: (email: string) =>
      adapter.findOne<User>({ model: 'user', where: [equals('email', email.toLowerCase())] }),
    async usersById(ids: readonly string[]): Promise<ReadonlyMap<string, User>> {
      if (ids.length === 0) return new Map()
      const users = await adapter.findMany<User>({
        model: 'user',
        where: [{ field: 'id', operator: 'in', value: [...ids] }],
        limit: ALL,
      })
      return new Map(users.map((user) => [user.id, user]))
    },
    /** The oldest first. There is at most one, but for a moment when two are made at once. */
    async passwordRows(userId: string): Promise<readonly { readonly id: string }[]> {
      const rows = await adapter.findMany<{ id: string; createdAt: Date }>({
        model: 'account',
        where: [equals('userId', userId), equals('providerId', 'credential')],
      })
      return rows.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1))
    },
    removePasswordRow: (id: string) => adapter.delete({ model: 'account', where: [equals('id', id)] }),
    membershipsOf: (userId: string) =>
      adapter.findMany<Membership>({
        model: 'member',
        where: [equals('userId', userId)],
        sortBy: { field: 'createdAt', direction: 'asc' },
        limit: ALL,
      }),
    membersOf: (workspaceId: string) =>
      adapter.findMany<Membership>({
        model: 'member',
        where: [equals('organizationId', workspaceId)],
        sortBy: { field: 'createdAt', direction: 'asc' },
        limit: ALL,
      }),
    membership: (workspaceId: string, userId: string) =>
      adapter.findOne<Membership>({
        model: 'member',
        where: [equals('organizationId', workspaceId), equals('userId', userId)],
      }),
    setRole: (membershipId: string, role: Role) =>
      adapter.update<Membership>({ model: 'member', where: [equals('id', membershipId)], update: { role } }),
    removeMembership: (membershipId: string) =>
      adapter.delete({ model: 'member', where: [equals('id', membershipId)] }),
    async workspacesById(ids: readonly string[]): Promise<ReadonlyMap<string, { id: string; name: string }>> {
      if (ids.length === 0) return new Map()
      const workspaces = await adapter.findMany<{ id: string; name: string }>({
        model: 'organization',
        where: [{ field: 'id', operator: 'in', value: [...ids] }],
        limit: ALL,
      })
      return new Map(workspaces.map((workspace) => [workspace.id, workspace]))
    },
    createInvitation: (row: Omit<InvitationRow, 'id'>) =>
      adapter.create<Omit<InvitationRow, 'id'>, InvitationRow>({ model: 'invitation', data: row }),
    invitation: (id: string) => adapter.findOne<InvitationRow>({ model: 'invitation', where: [equals('id', id)] }),
    pendingInvitations: (workspaceId: string) =>
      adapter.findMany<InvitationRow>({
        model: 'invitation',
        where: [equals('organizationId', workspaceId), equals('status', 'pending')],
        sortBy: { field: 'createdAt', direction: 'desc' },
        limit: ALL,
      }),
    withdrawInvitation: (id: string) =>
      adapter.update({ model: 'invitation', where: [equals('id', id)], update: { status: 'canceled' } }),
  }
}

export type Records = Awaited<ReturnType<typeof createRecords>>

export function roleOf(value: string): Role {
  return (roles as readonly string[]).includes(value) ? (value as Role) : 'member'
}
