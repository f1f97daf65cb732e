/** Writes the parts of documents that are made from the code: `node tooling/docs/src/main.ts`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readDocuments, root } from './documents.ts'
import { withParts } from './tables.ts'

for (const { path, text } of readDocuments()) {
  const next = withParts(text)
  if (next === text) continue
  writeFileSync(join(root, path), next)
  console.log(path)
}
