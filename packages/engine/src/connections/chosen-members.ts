/** Who may use a connection whose visibility is `members`. */

import type { Transaction } from '../db/database.ts'
import { and, eq, inArray } from '../db/query.ts'
import { connectionMembers, members } from '../db/schema/index.ts'
import { EngineError } from '../errors.ts'
import type { ConnectionRow } from './transitions.ts'

export async function chooseMembers(
  tx: Transaction,
  row: ConnectionRow,
  visibility: ConnectionRow['visibility'],
  memberIds: readonly string[] | undefined,
): Promise<void> {
  if (visibility !== 'members') {
    await tx.delete(connectionMembers).where(eq(connectionMembers.connectionId, row.id))
    if (memberIds && memberIds.length > 0)
      throw new EngineError('invalid_parameters', 'Members are chosen only with the visibility "members".')
    return
  }
  if (!memberIds) return
  const known = memberIds.length
    ? await tx
        .select({ userId: members.userId })
        .from(members)
        .where(and(eq(members.organizationId, row.workspaceId), inArray(members.userId, [...memberIds])))
    : []
  if (known.length !== new Set(memberIds).size)
    throw new EngineError('invalid_parameters', 'One of these people is not a member of this workspace.')
  await tx.delete(connectionMembers).where(eq(connectionMembers.connectionId, row.id))
  if (known.length > 0)
    await tx.insert(connectionMembers).values(known.map(({ userId }) => ({ connectionId: row.id, userId })))
}
