/** A drive: every folder listed to its end, each entry once, and files that are as large as they were said to be. */
import type { OnlineDriveSource } from '@wellhead/datasource-node'
import { expect, it } from 'vitest'
import { itCovers } from './cases.ts'
import { allEntries, walkDrive } from './listing.ts'
import { findFile, readFile } from './operations.ts'
import type { Scope } from './scope.ts'

export function describeDrive(scope: Scope<OnlineDriveSource>): void {
  const { source, facts, connection } = scope
  it('lists every folder to its end, each entry once, and downloads', async () => {
    const { files, pages } = await walkDrive(source, connection().context())
    expect(new Set(files.map(({ id }) => id)).size, 'how many were found').toBeGreaterThanOrEqual(facts.atLeast ?? 1)
    if (facts.paged !== false) expect(pages, 'most pages of a listing').toBeGreaterThan(1)
    const entry = await findFile(source, connection().context())
    const download = await source.download(connection().context(), { id: entry.id })
    expect([entry.id, entry.targetId]).toContain(download.entry.id)
    expect(download.mimeType).toMatch(/^\w[\w.+-]*\/\w[\w.+-]*/)
    const { result, missing } = await readFile(download)
    expect(result, 'the bytes of the file, and its size in the listing').toMatchObject({ bytes: entry.size })
    expect(missing, 'whether the size of the download is another').toBe(0)
  })

  itCovers(scope, 'missing item', 'says that a file is not there, and a folder', async () => {
    const ctx = connection().context()
    const id = facts.missingId!
    await expect(source.download(ctx, { id })).rejects.toMatchObject({ code: 'not_found' })
    await expect(allEntries(source, ctx, id)).rejects.toMatchObject({ code: 'not_found' })
  })

  itCovers(scope, 'empty listing', 'lists an empty folder as empty', async () => {
    const name = facts.empty && 'folder' in facts.empty ? facts.empty.folder : expect.fail('`empty` needs a folder')
    const { folders } = await walkDrive(source, connection().context())
    const folder = folders.find((one) => one.name === name) ?? expect.fail(`There is no folder "${name}"`)
    expect((await allEntries(source, connection().context(), folder.id)).entries).toEqual([])
  })
}
