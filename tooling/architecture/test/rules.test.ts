import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { check, readHouse, rules } from '../src/index.ts'

/** What the rules say about a small tree of files. A package.json is given as its lists of dependencies. */
async function violations(
  files: Record<string, string | { name: string; dependencies?: string[]; devDependencies?: string[] }>,
) {
  const root = await mkdtemp(join(tmpdir(), 'house-'))
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      const asObject = (names: string[] = []) => Object.fromEntries(names.map((name) => [name, '*']))
      const text =
        typeof content === 'string'
          ? content
          : JSON.stringify({
              name: content.name,
              dependencies: asObject(content.dependencies),
              devDependencies: asObject(content.devDependencies),
            })
      await writeFile(join(root, path), text)
    }
    return check(readHouse(root), rules).map(({ rule, where, what }) => `${rule} ${where} ${what}`)
  } finally {
    await rm(root, { recursive: true })
  }
}

const good = {
  'packages/datasource-node/package.json': { name: '@wellhead/datasource-node', dependencies: ['zod'] },
  'packages/datasource-node/src/index.ts': "import { z } from 'zod'\nexport const a = z.string()",
  'packages/datasources/acme/package.json': {
    name: '@wellhead/datasource-acme',
    dependencies: ['@wellhead/datasource-node'],
  },
  'packages/datasources/acme/src/index.ts':
    "import { a } from '@wellhead/datasource-node'\nexport const acme = ['acme', a]",
  'packages/engine/package.json': {
    name: '@wellhead/engine',
    dependencies: ['bullmq'],
    devDependencies: ['vitest', '@types/node'],
  },
  'packages/engine/src/jobs/queue.ts':
    "import type { Queue } from 'bullmq'\nimport { join } from 'node:path'\nexport type Q = Queue | typeof join",
  'packages/engine/src/jobs/queue.test.ts': "import { test } from 'vitest'\ntest('acme', () => {})",
}

test('a good tree has no violation', async () => {
  expect(await violations(good)).toEqual([])
})

test.each([
  ['an import', "import '@wellhead/engine'"],
  ['a re-export', "export * from '@wellhead/engine'"],
  ['a dynamic import', "await import('@wellhead/engine')"],
  ['a type import', "import type { Engine } from '@wellhead/engine'"],
  ['an import type', "export type E = import('@wellhead/engine').Engine"],
])('%s against the direction', async (_name, code) => {
  const found = await violations({
    ...good,
    'packages/datasource-node/package.json': { name: '@wellhead/datasource-node', dependencies: ['@wellhead/engine'] },
    'packages/datasource-node/src/index.ts': code,
  })
  expect(found).toEqual(['direction packages/datasource-node/src/index.ts imports @wellhead/engine'])
})

test('the API may use the client’s schemas, and not its client', async () => {
  const found = await violations({
    'apps/api/package.json': { name: '@wellhead/api', dependencies: ['@wellhead/client'] },
    'apps/api/src/a.ts': "import '@wellhead/client/schema'",
    'apps/api/src/b.ts': "import '@wellhead/client'",
  })
  expect(found).toEqual(['direction apps/api/src/b.ts imports @wellhead/client'])
})

test('the tests of an app may put the whole house together', async () => {
  const found = await violations({
    'apps/console/package.json': { name: '@wellhead/console', devDependencies: ['@wellhead/engine'] },
    'apps/console/test/house.ts': "import '@wellhead/engine'",
    'apps/console/build/index.ts': "import '@wellhead/engine'",
  })
  expect(found).toEqual([
    'direction apps/console/build/index.ts imports @wellhead/engine',
    'undeclared apps/console/build/index.ts imports @wellhead/engine, which is only a devDependency',
  ])
})

test('what is bundled needs its packages only while it is built', async () => {
  const found = await violations({
    'apps/console/package.json': { name: '@wellhead/console', devDependencies: ['react'] },
    'apps/console/src/main.tsx': "import 'react'",
    'apps/console/build/index.ts': "import 'react'",
  })
  expect(found).toEqual(['undeclared apps/console/build/index.ts imports react, which is only a devDependency'])
})

test('a package that the direction does not know', async () => {
  const found = await violations({
    'packages/extra/package.json': { name: '@wellhead/extra' },
    'packages/extra/src/index.ts': '',
  })
  expect(found).toEqual(['unknown_package packages/extra no row of the direction names this package'])
})

test('a third party outside its door, where tests may go', async () => {
  const found = await violations({
    ...good,
    'packages/engine/src/runs/run.ts': "import { Queue } from 'bullmq'\nexport { Queue }",
    'packages/engine/src/runs/run.test.ts': "import { Queue } from 'bullmq'\nexport { Queue }",
  })
  expect(found).toEqual(['door packages/engine/src/runs/run.ts imports bullmq, whose door is packages/engine/src/jobs'])
})

test.each([
  ['a string', "export const a = 'acme'"],
  ['a part of a string', "export const a = 'https://api.ACME.com'"],
  ['a template', 'export const a = `acme:1`'],
  ['a property', 'export const a = (provider: any) => provider.acme'],
  ['a name', 'export const isAcmeToken = 1'],
])('the id of a data source in %s of the engine', async (_name, code) => {
  const found = await violations({ ...good, 'packages/engine/src/oauth/quirk.ts': code })
  expect(found).toEqual(['data_source_id packages/engine/src/oauth/quirk.ts names the data source acme'])
})

test('a comment may cite a provider, and a longer word is not an id', async () => {
  const code = "// acme answers 200 here\nexport const a = 'pacmen'"
  expect(await violations({ ...good, 'packages/engine/src/oauth/quirk.ts': code })).toEqual([])
})

test('a folder that says nothing', async () => {
  const found = await violations({ ...good, 'packages/engine/src/utils/x.ts': 'export {}' })
  expect(found).toEqual(['folder packages/engine/src/utils no folder is named utils: name what it holds'])
})

test('an import that is not declared, or only for development', async () => {
  const found = await violations({
    ...good,
    'packages/engine/package.json': {
      name: '@wellhead/engine',
      dependencies: ['bullmq'],
      devDependencies: ['vitest', 'nanoid'],
    },
    'packages/engine/src/a.ts':
      "import 'undici/types'\nimport 'nanoid'\nimport type { Test } from 'vitest'\nexport type T = Test",
  })
  expect(found).toEqual([
    'undeclared packages/engine/src/a.ts imports undici, which its package.json does not declare',
    'undeclared packages/engine/src/a.ts imports nanoid, which is only a devDependency',
  ])
})

test('a declaration that nothing uses; one resolved by name at run time is used', async () => {
  const found = await violations({
    ...good,
    'packages/engine/package.json': {
      name: '@wellhead/engine',
      dependencies: ['bullmq', 'left-pad', 'pino-pretty'],
      devDependencies: ['vitest', '@types/pg'],
    },
    'packages/engine/src/log.ts': "export const target = 'pino-pretty/file.js'",
  })
  expect(found).toEqual([
    'unused packages/engine/package.json declares left-pad and does not use it',
    'unused packages/engine/package.json declares @types/pg and does not use it',
  ])
})

test('a relative import into another package', async () => {
  const found = await violations({ ...good, 'packages/engine/src/a.ts': "import '../../datasource-node/src/index.ts'" })
  expect(found).toEqual([
    'escape packages/engine/src/a.ts ../../datasource-node/src/index.ts leaves packages/engine: import the package by its name',
  ])
})

test('the environment outside the apps', async () => {
  const code = 'export const a = process.env.HOME'
  const found = await violations({
    ...good,
    'packages/engine/src/a.ts': code,
    'apps/worker/package.json': { name: '@wellhead/worker' },
    'apps/worker/src/main.ts': code,
  })
  expect(found).toEqual(['environment packages/engine/src/a.ts reads process.env: take it as an option'])
})
