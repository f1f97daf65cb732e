import { testOptions } from '@wellhead/test-services/vitest'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    ...testOptions,
    include: [...testOptions.include],
    globalSetup: [...testOptions.globalSetup],
    setupFiles: [...testOptions.setupFiles],
    // Most of these start several processes, which takes its time on a busy machine: fewer of them at a time, after the others.
    testTimeout: 90_000,
    sequence: { groupOrder: 2 },
    maxWorkers: 2,
  },
})
