import { fileURLToPath } from 'node:url'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** The same for every package, whether it is tested alone or with all the others. */
export const testOptions = {
  include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
  globalSetup: [here('./global-setup.ts')],
  setupFiles: [here('./open-handles.ts')],
  pool: 'forks',
  testTimeout: 30_000,
  hookTimeout: 30_000,
  // For two cores: many tests wait for processes, leases and clocks rather than compute. Said for each project: one with a configuration of
  // its own would have one worker less than the machine has cores.
  maxWorkers: 3,
} as const satisfies ViteUserConfig['test']

export default defineConfig({
  test: {
    ...testOptions,
    include: [...testOptions.include],
    globalSetup: [...testOptions.globalSetup],
    setupFiles: [...testOptions.setupFiles],
  },
})
