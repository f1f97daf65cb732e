import { z } from 'zod'
import type { SpaceId, Tree } from './tree.ts'

/**
 * Changes to the sample files, as a person would make them: `POST /_control/<provider>` with `{"files": {…}}`. Paths are those
 * of Ada's own files.
 */
export const filesPatch = z.strictObject({
  /** Creates a file, or gives one new content. Its folder must exist. */
  write: z.strictObject({ path: z.string().startsWith('/'), text: z.string() }).optional(),
  move: z.strictObject({ path: z.string().startsWith('/'), to: z.string().startsWith('/') }).optional(),
  trash: z.strictObject({ path: z.string().startsWith('/') }).optional(),
  /** Deletes for good, past the bin. */
  remove: z.strictObject({ path: z.string().startsWith('/') }).optional(),
  folder: z.strictObject({ path: z.string().startsWith('/') }).optional(),
  /** So many small files in folders of `perFolder`, below a new folder "Archive" at the top. */
  fill: z.strictObject({ files: z.int().positive().max(1_000_000), perFolder: z.int().positive() }).optional(),
})
export type FilesPatch = z.infer<typeof filesPatch>

/** @throws RangeError for a path that is not there */
export function patchFiles(tree: Tree, patch: FilesPatch, space: SpaceId = 'own'): void {
  const must = (path: string) => {
    const item = tree.lookup(space, path)
    if (!item) throw new RangeError(`There is no ${path}`)
    return item
  }
  const split = (path: string) => {
    const at = path.lastIndexOf('/')
    return { parentId: must(path.slice(0, at)).id, name: path.slice(at + 1) }
  }
  if (patch.folder) {
    const { parentId, name } = split(patch.folder.path)
    tree.add(parentId, { name, kind: 'folder' })
  }
  if (patch.write) {
    const known = tree.lookup(space, patch.write.path)
    const content = { kind: 'text', text: patch.write.text } as const
    const { parentId, name } = split(patch.write.path)
    if (known) tree.write(known.id, content)
    else tree.add(parentId, { name, kind: 'file', mimeType: 'text/plain', content })
  }
  if (patch.move) tree.move(must(patch.move.path).id, split(patch.move.to))
  if (patch.trash) tree.trash(must(patch.trash.path).id)
  if (patch.remove) tree.remove(must(patch.remove.path).id)
  if (patch.fill) {
    const archive = tree.add(must('').id, { name: 'Archive', kind: 'folder' })
    tree.fill(archive.id, patch.fill.files, patch.fill.perFolder)
  }
}
