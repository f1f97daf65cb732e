import type { Session } from '@wellhead/client'

type Role = Session['workspace']['role']

const byRank: readonly Role[] = ['member', 'editor', 'owner']

/** The roles that somebody of this role may give: at most their own. */
export function rolesUpTo(role: Role): readonly Role[] {
  return byRank.slice(0, byRank.indexOf(role) + 1)
}
