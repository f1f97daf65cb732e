import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { testOptions } from './tooling/test-services/src/vitest.ts'

const root = import.meta.dirname

/** Every workspace package is a project of its own; one with a vitest.config.ts may differ from the rest. */
const projects = globSync(
  ['packages/*', 'packages/datasources/*', 'apps/*', 'tooling/*', 'examples/*'].map((glob) => `${glob}/package.json`),
  {
    cwd: root,
  },
)
  .map(dirname)
  .sort()
  .map((folder) => {
    const own = join(folder, 'vitest.config.ts')
    if (existsSync(join(root, own))) return own
    const { name } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { name: string }
    return { test: { ...testOptions, name, root: join(root, folder) } }
  })

export default defineConfig({
  test: {
    projects,
    maxWorkers: testOptions.maxWorkers,
  },
})
