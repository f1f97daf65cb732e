import { testOptions } from '@wellhead/test-services/vitest'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    ...testOptions,
    include: [...testOptions.include],
    globalSetup: [...testOptions.globalSetup],
    setupFiles: [...testOptions.setupFiles],
    // Beside the command line's, which start several processes as well.
    sequence: { groupOrder: 2 },
    maxWorkers: 2,
  },
})
