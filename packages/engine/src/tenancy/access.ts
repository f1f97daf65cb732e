/** Who may do what: roles, token scopes, and the visibility of connections. */

import type { Database } from '../db/database.ts'
import { and, eq, exists, or, type SQL, sql } from '../db/query.ts'
import { connectionMembers, connections } from '../db/schema/index.ts'
import { EngineError } from '../errors.ts'
import type { Actor, Role, TokenScope } from '../model.ts'

const rank: Readonly<Record<Role, number>> = { member: 0, editor: 1, owner: 2 }

export function hasRole(actor: Actor, least: Role): boolean {
  return rank[actor.role] >= rank[least]
}

/** @throws EngineError `forbidden` */
export function requireRole(actor: Actor, least: Role, what: string): void {
  if (!hasRole(actor, least))
    throw new EngineError('forbidden', `Only ${least === 'owner' ? 'owners' : 'owners and editors'} may ${what}.`)
}

/** @throws EngineError `forbidden` when an API token lacks the scope; a session has all */
export function requireScope(actor: Actor, scope: TokenScope): void {
  if (actor.token && !actor.token.scopes.includes(scope))
    throw new EngineError('forbidden', `This API token lacks the scope ${scope}.`)
}

/** Whose eyes they are; columns where one statement looks for several. */
type Viewer = { readonly [Name in 'workspaceId' | 'userId']: string | SQL }

/** The connections that a member may see and use. Owners see no more than others: visibility is the member's choice. */
export function visibleTo(db: Database, actor: Viewer): SQL {
  return and(
    eq(connections.workspaceId, actor.workspaceId),
    or(
      eq(connections.visibility, 'workspace'),
      eq(connections.createdBy, actor.userId),
      and(
        eq(connections.visibility, 'members'),
        exists(
          db
            .select({ one: sql`1` })
            .from(connectionMembers)
            .where(and(eq(connectionMembers.connectionId, connections.id), eq(connectionMembers.userId, actor.userId))),
        ),
      ),
    ),
  ) as SQL
}

/** Who may change or delete a connection: whoever made it, and owners and editors who can see it. */
export function requireManage(actor: Actor, connection: { createdBy: string }): void {
  if (connection.createdBy !== actor.userId && !hasRole(actor, 'editor'))
    throw new EngineError('forbidden', 'Only the member who made this connection, owners and editors may change it.')
}
