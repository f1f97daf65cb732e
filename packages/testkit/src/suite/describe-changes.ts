/** Following what changes in a drive: nothing is missed, nothing is told of what did not happen. */
import type { DataSourceContext, DriveDeletion, DriveEntry, OnlineDriveSource } from '@wellhead/datasource-node'
import { describe, expect } from 'vitest'
import { itCovers } from './cases.ts'
import { followChanges } from './follow-changes.ts'
import { allEntries } from './listing.ts'
import type { Scope } from './scope.ts'
import type { StandFiles } from './stand.ts'
import { tryWith } from './trial.ts'

const fileName = 'Written by the contract suite.txt'

export function describeChanges(scope: Scope<OnlineDriveSource>): void {
  const { source, facts } = scope
  if (!source.changes) return
  describe('changes', () => {
    itCovers(scope, 'changes', 'tells of a new file, of its new content and of its end, and of nothing else', () =>
      scope.apart(async (stand, connection) => {
        const files: StandFiles = stand.files ?? expect.fail('The stand has no files')
        const ctx = connection.context()
        let { cursor } = await followChanges(source, ctx)
        const since = async () => {
          const news = await followChanges(source, ctx, cursor)
          cursor = news.cursor
          return news
        }
        expect(await since()).toMatchObject({ changed: [], deleted: [] })

        await files.write(fileName, 'One.')
        const added = await since()
        const [entry] = added.changed.filter(({ name }) => name === fileName)
        expect(entry, 'the new file').toMatchObject({ type: 'file', size: 4 })
        expect(added.deleted).toEqual([])
        expect((await allEntries(source, ctx)).entries.map(({ id }) => id)).toContain(entry!.id)
        const { body } = await source.download(ctx, { id: entry!.id })
        expect(await new Response(body).text()).toBe('One.')

        await files.write(fileName, 'Two, and more.')
        const [written] = (await since()).changed.filter(({ id }) => id === entry!.id)
        expect(written).toMatchObject({ name: fileName, size: 14 })
        expect(written!.revision, 'a revision that changes with the content').not.toBe(entry!.revision)

        await files.remove(fileName)
        const removed = await since()
        expect(removed.deleted.filter((one) => isOf(one, entry!))).toHaveLength(1)
        expect(removed.changed.map(({ id }) => id)).not.toContain(entry!.id)
        expect(await since()).toMatchObject({ changed: [], deleted: [] })
      }),
    )

    itCovers(scope, 'expired cursor', 'says that its cursor has expired, and starts anew', async () => {
      const connection = scope.connection()
      const { cursor } = await followChanges(source, connection.context())
      const operation = async (ctx: DataSourceContext) => ({
        result: await followChanges(source, ctx, cursor),
        missing: 0,
      })
      const fault = { kind: 'status', ...facts.expiredCursor } as const
      const { error } = await tryWith({ connection, stand: scope.stand(), operation }, { at: 0, fault })
      expect(error).toMatchObject({ code: 'cursor_expired' })
      await allEntries(source, connection.context())
      const fresh = await followChanges(source, connection.context())
      expect(await followChanges(source, connection.context(), fresh.cursor)).toMatchObject({
        changed: [],
        deleted: [],
      })
    })
  })
}

/** Some providers name it by its id, some by the path it had; letters of a path are compared without case. */
function isOf(deletion: DriveDeletion, { id, path, name }: DriveEntry): boolean {
  if (deletion.id !== null) return deletion.id === id
  return deletion.path.toLowerCase() === (path ?? `/${name}`).toLowerCase()
}
