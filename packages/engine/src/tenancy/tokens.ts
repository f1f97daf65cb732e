/** API tokens: shown once, kept as a hash, scoped, and dead within five seconds of being revoked. */
import { hash } from 'node:crypto'
import type { Audit } from '../audit/audit.ts'
import type { Database, Transaction } from '../db/database.ts'
import { and, desc, eq, sql } from '../db/query.ts'
import { apiTokens, members, users, workspaces } from '../db/schema/index.ts'
import { EngineError } from '../errors.ts'
import { newId, newToken } from '../ids.ts'
import { type Actor, type ApiToken, type Role, roles, type TokenScope, tokenScopes } from '../model.ts'
import { hasRole } from './access.ts'

/** Milliseconds that a checked token is believed without asking the database. */
const BELIEVED_MS = 4_000
const MOST_BELIEVED = 10_000

export interface Tokens {
  createToken(
    actor: Actor,
    input: { name: string; scopes: readonly TokenScope[]; expiresAt?: Date },
  ): Promise<{ token: string; view: ApiToken }>
  listTokens(actor: Actor): Promise<readonly ApiToken[]>
  revokeToken(actor: Actor, id: string): Promise<void>
  authenticate(token: string): Promise<Actor | undefined>
  memberActor(userId: string, workspaceId: string): Promise<Actor | undefined>
  findMember(who: { email?: string; workspaceName?: string }): Promise<Actor | undefined>
}

export function createTokens(db: Database, audit: Audit): Tokens {
  const believed = new Map<string, { actor: Actor; until: number }>()
  const view = (row: typeof apiTokens.$inferSelect): ApiToken => ({
    id: row.id,
    name: row.name,
    hint: row.hint,
    scopes: row.scopes as TokenScope[],
    userId: row.userId,
    createdAt: row.createdAt,
    lastUsedAt: row.lastUsedAt,
    expiresAt: row.expiresAt,
  })

  return {
    async createToken(actor, input) {
      const unknown = input.scopes.find((scope) => !tokenScopes.includes(scope))
      if (unknown) throw new EngineError('invalid_parameters', `There is no scope ${unknown}.`)
      const beyond = actor.token && input.scopes.find((scope) => !actor.token?.scopes.includes(scope))
      if (beyond) throw new EngineError('forbidden', `A token cannot give the scope ${beyond}, which it lacks itself.`)
      const token = newToken()
      const row = await db.transaction(async (tx) => {
        const expiresAt = soonest(input.expiresAt, actor.token && (await expiryOf(tx, actor.token.id)))
        const [inserted] = await tx
          .insert(apiTokens)
          .values({
            id: newId('tok'),
            workspaceId: actor.workspaceId,
            userId: actor.userId,
            name: input.name,
            hash: hashOf(token),
            hint: token.slice(-4),
            scopes: [...input.scopes],
            expiresAt,
          })
          .returning()
        const created = inserted as typeof apiTokens.$inferSelect
        await audit.recordIn(tx, actor, {
          action: 'token.create',
          subject: created.id,
          data: { scopes: created.scopes },
        })
        return created
      })
      return { token, view: view(row) }
    },

    async listTokens(actor) {
      const rows = await db
        .select()
        .from(apiTokens)
        .where(
          and(
            eq(apiTokens.workspaceId, actor.workspaceId),
            hasRole(actor, 'owner') ? undefined : eq(apiTokens.userId, actor.userId),
          ),
        )
        .orderBy(desc(apiTokens.createdAt))
      return rows.map(view)
    },

    async revokeToken(actor, id) {
      await db.transaction(async (tx) => {
        const [gone] = await tx
          .delete(apiTokens)
          .where(
            and(
              eq(apiTokens.id, id),
              eq(apiTokens.workspaceId, actor.workspaceId),
              hasRole(actor, 'owner') ? undefined : eq(apiTokens.userId, actor.userId),
            ),
          )
          .returning({ hash: apiTokens.hash })
        if (!gone) throw new EngineError('token_not_found', 'There is no such token.')
        believed.delete(gone.hash)
        await audit.recordIn(tx, actor, { action: 'token.revoke', subject: id })
      })
    },

    async authenticate(token) {
      if (!token.startsWith('wh_')) return undefined
      const hash = hashOf(token)
      const known = believed.get(hash)
      if (known && known.until > performance.now()) return known.actor
      believed.delete(hash)
      const [row] = await db
        .select({ token: apiTokens, role: members.role })
        .from(apiTokens)
        .innerJoin(
          members,
          and(eq(members.userId, apiTokens.userId), eq(members.organizationId, apiTokens.workspaceId)),
        )
        .where(and(eq(apiTokens.hash, hash), sql`(${apiTokens.expiresAt} is null or ${apiTokens.expiresAt} > now())`))
      if (!row || !isRole(row.role)) return undefined
      const actor: Actor = {
        workspaceId: row.token.workspaceId,
        userId: row.token.userId,
        role: row.role,
        token: { id: row.token.id, scopes: row.token.scopes as TokenScope[] },
      }
      const remaining = row.token.expiresAt ? row.token.expiresAt.getTime() - Date.now() : Number.POSITIVE_INFINITY
      if (believed.size >= MOST_BELIEVED) believed.delete(believed.keys().next().value as string)
      believed.set(hash, { actor, until: performance.now() + Math.min(BELIEVED_MS, remaining) })
      // To the minute is enough, and keeps a busy token from writing its row with each request.
      await db
        .update(apiTokens)
        .set({ lastUsedAt: sql`now()` })
        .where(
          and(
            eq(apiTokens.id, row.token.id),
            sql`(${apiTokens.lastUsedAt} is null or ${apiTokens.lastUsedAt} < now() - interval '1 minute')`,
          ),
        )
      return actor
    },

    async memberActor(userId, workspaceId) {
      const [row] = await db
        .select({ role: members.role })
        .from(members)
        .where(and(eq(members.userId, userId), eq(members.organizationId, workspaceId)))
      return row && isRole(row.role) ? { workspaceId, userId, role: row.role, token: null } : undefined
    },

    async findMember({ email, workspaceName }) {
      const [row] = await db
        .select({ userId: members.userId, workspaceId: members.organizationId, role: members.role })
        .from(members)
        .innerJoin(users, eq(users.id, members.userId))
        .innerJoin(workspaces, eq(workspaces.id, members.organizationId))
        .where(
          and(
            email === undefined ? eq(members.role, 'owner') : eq(users.email, email.toLowerCase()),
            workspaceName === undefined ? undefined : eq(workspaces.name, workspaceName),
          ),
        )
        .orderBy(members.createdAt)
        .limit(1)
      return row && isRole(row.role) ? { ...row, role: row.role, token: null } : undefined
    },
  }
}

/** A token that is gone by now makes no other one. @throws EngineError `forbidden` */
async function expiryOf(tx: Transaction, id: string): Promise<Date | null> {
  const [row] = await tx.select({ expiresAt: apiTokens.expiresAt }).from(apiTokens).where(eq(apiTokens.id, id))
  if (!row) throw new EngineError('forbidden', 'The API token of this call was revoked.')
  return row.expiresAt
}

function soonest(...dates: (Date | null | undefined)[]): Date | null {
  const times = dates.filter((date) => date != null).map((date) => date.getTime())
  return times.length > 0 ? new Date(Math.min(...times)) : null
}

function isRole(value: string): value is Role {
  return (roles as readonly string[]).includes(value)
}

/** A token has 238 random bits, so a plain fast hash is enough to keep it from being read back. */
function hashOf(token: string): string {
  return hash('sha256', token, 'hex')
}
