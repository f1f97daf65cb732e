import { testOptions } from '@wellhead/test-services/vitest'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    ...testOptions,
    include: [...testOptions.include],
    globalSetup: [...testOptions.globalSetup],
    setupFiles: [...testOptions.setupFiles],
    // A browser and the whole product are enough for two cores: these tests come by themselves, a file at a time.
    sequence: { groupOrder: 1 },
    maxWorkers: 1,
    testTimeout: 120_000,
    // The page is built before the first.
    hookTimeout: 120_000,
  },
})
