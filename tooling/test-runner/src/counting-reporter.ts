import type { Reporter, TestModule } from 'vitest/node'

export interface Count {
  passed: number
  failed: number
  skipped: number
}

/** Counts from the finished tests themselves. A file or a suite that failed around its tests counts as one failure. */
export class CountingReporter implements Reporter {
  count: Count = { passed: 0, failed: 0, skipped: 0 }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count: Count = { passed: 0, failed: unhandled.length, skipped: 0 }
    for (const module of modules) {
      let failedTests = 0
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') count.passed++
        else if (state === 'skipped') count.skipped++
        // A test that is still pending at the end was cut off.
        else failedTests++
      }
      const around =
        module.errors().length + [...module.children.allSuites()].filter((suite) => suite.errors().length > 0).length
      count.failed += failedTests + around
      if (module.state() === 'failed' && failedTests + around === 0) count.failed++
    }
    this.count = count
  }
}

export function closingLine({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}
