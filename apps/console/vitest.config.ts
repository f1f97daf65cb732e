import { testOptions } from '@wellhead/test-services/vitest'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    ...testOptions,
    include: [...testOptions.include],
    globalSetup: [...testOptions.globalSetup],
    setupFiles: [...testOptions.setupFiles],
    // A browser beside tests that start many processes starves on two cores: its tests come last, by themselves.
    sequence: { groupOrder: 1 },
    testTimeout: 120_000,
    // The page is built before the first.
    hookTimeout: 120_000,
  },
})
