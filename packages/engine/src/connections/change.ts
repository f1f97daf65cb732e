/** What members change: they make connections, give them other names, keys and readers, and delete them. */
import { and, eq, sql } from '../db/query.ts'
import { connections, credentials } from '../db/schema/index.ts'
import { notify } from '../db/signals.ts'
import type { ConnectionPatch } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Actor, Connection } from '../model.ts'
import { forgetConnection } from '../pipelines/uses.ts'
import { sealSecret } from '../refresh/credential.ts'
import { cancelRunsOf } from '../runs/end.ts'
import { requireScope } from '../tenancy/access.ts'
import { checkedKey, hintOf } from './api-key.ts'
import { askForValidation, horizon } from './ask.ts'
import { chooseMembers } from './chosen-members.ts'
import { freeName, insertConnection, takeTurns } from './names.ts'
import type { ConnectionParts } from './parts.ts'
import { movesCredential, parseSettings } from './settings.ts'
import { type ConnectionRow, connectionSignal, emitForConnection } from './transitions.ts'

export function createChange({ db, vault, audit, registry, timings, offer, find, show }: ConnectionParts) {
  return {
    async create(
      actor: Actor,
      input: { dataSource: string; name?: string; apiKey: string; settings?: Record<string, unknown> },
    ): Promise<Connection> {
      requireScope(actor, 'connections:write')
      const hosted = registry.get(input.dataSource)
      if (!hosted) throw new EngineError('data_source_not_found', `There is no data source ${input.dataSource}.`)
      if (!hosted.source.auth.some((spec) => spec.method === 'api_key'))
        throw new EngineError('method_not_supported', `${hosted.source.name} does not take an API key.`)
      const apiKey = checkedKey(input.apiKey)
      const settings = parseSettings(hosted, input.settings ?? {})
      const id = newId('con')
      const sealed = await sealSecret(vault, actor.workspaceId, id, { accessToken: apiKey, refreshToken: null })
      const row = await db.transaction(async (tx) => {
        const created = await insertConnection(tx, {
          id,
          actor,
          dataSource: input.dataSource,
          name: input.name,
          fallbackName: hosted.source.name,
          values: { method: 'api_key', status: 'pending', settings, keyHint: hintOf(apiKey) },
        })
        await tx.insert(credentials).values({
          connectionId: id,
          workspaceId: actor.workspaceId,
          sealed: sealed.sealed,
          keyId: sealed.keyId,
          generation: 1,
          issuedAt: new Date(),
        })
        await askForValidation(tx, id, timings)
        await emitForConnection(tx, created, 'connection.created', { method: 'api_key' })
        await audit.recordIn(tx, actor, {
          action: 'connection.create',
          subject: id,
          data: { data_source: input.dataSource },
        })
        return created
      })
      await offer('connection.validate', { connectionId: id })
      return show.viewOf(row)
    },

    async update(actor: Actor, id: string, patch: ConnectionPatch): Promise<Connection> {
      let validates = false
      const apiKey = patch.apiKey === undefined ? undefined : checkedKey(patch.apiKey)
      const sealed =
        apiKey === undefined
          ? undefined
          : await sealSecret(vault, actor.workspaceId, id, { accessToken: apiKey, refreshToken: null })
      const changed = await db.transaction(async (tx) => {
        // Before the row itself is locked: whoever makes another one the default locks rows in the same order.
        if (patch.name !== undefined || patch.isDefault !== undefined)
          await takeTurns(tx, await find.manageable(tx, actor, id))
        const row = await find.locked(tx, actor, id)
        const hosted = registry.get(row.dataSource)
        if (!hosted)
          throw new EngineError('data_source_not_found', `The data source ${row.dataSource} is not installed.`)
        const changes: Partial<typeof connections.$inferInsert> = {}
        if (patch.name !== undefined) changes.name = await freeName(tx, row, patch.name)
        if (patch.visibility !== undefined) changes.visibility = patch.visibility
        if (patch.visibility !== undefined || patch.memberIds !== undefined)
          await chooseMembers(tx, row, patch.visibility ?? row.visibility, patch.memberIds)
        if (patch.isDefault !== undefined) {
          if (patch.isDefault)
            await tx
              .update(connections)
              .set({ isDefault: false })
              .where(
                and(
                  eq(connections.workspaceId, row.workspaceId),
                  eq(connections.dataSource, row.dataSource),
                  eq(connections.isDefault, true),
                ),
              )
          changes.isDefault = patch.isDefault
        }
        if (patch.settings !== undefined) {
          changes.settings = parseSettings(hosted, patch.settings)
          if (patch.apiKey === undefined && movesCredential(hosted, row.settings, changes.settings))
            throw new EngineError(
              'api_key_required',
              'This setting decides where the key is sent, so give the key again.',
            )
          validates = true
        }
        if (apiKey !== undefined && sealed !== undefined) {
          if (row.method !== 'api_key')
            throw new EngineError('method_not_supported', 'This connection has no API key; authorize it again instead.')
          await tx
            .update(credentials)
            .set({
              sealed: sealed.sealed,
              keyId: sealed.keyId,
              generation: sql`${credentials.generation} + 1`,
              issuedAt: new Date(),
              rejectedAt: null,
            })
            .where(eq(credentials.connectionId, id))
          changes.keyHint = hintOf(apiKey)
          changes.status = 'pending'
          changes.lastError = null
          validates = true
        }
        const [updated] = await tx
          .update(connections)
          .set({ ...changes, updatedAt: sql`now()` })
          .where(eq(connections.id, id))
          .returning()
        if (validates) await askForValidation(tx, id, timings)
        await audit.recordIn(tx, actor, {
          action: 'connection.update',
          subject: id,
          data: { changed: Object.keys(patch) },
        })
        await notify(tx, connectionSignal(id))
        return updated as ConnectionRow
      })
      if (validates) await offer('connection.validate', { connectionId: id })
      // Also to an editor who just chose members without himself: it is what he did.
      return show.viewOf(changed)
    },

    async delete(actor: Actor, id: string): Promise<void> {
      await db.transaction(async (tx) => {
        await find.locked(tx, actor, id)
        await tx
          .update(connections)
          .set({
            status: 'deleting',
            isDefault: false,
            work: 'erase',
            dueAt: sql`clock_timestamp()`,
            enqueuedUntil: horizon(timings),
            attempts: 0,
            sequence: sql`${connections.sequence} + 1`,
            updatedAt: sql`now()`,
          })
          .where(eq(connections.id, id))
        await tx.update(credentials).set({ refreshAt: null }).where(eq(credentials.connectionId, id))
        await cancelRunsOf(tx, id)
        await forgetConnection(tx, id)
        await audit.recordIn(tx, actor, { action: 'connection.delete', subject: id })
        await notify(tx, connectionSignal(id))
      })
      await offer('connection.erase', { connectionId: id })
    },
  }
}
