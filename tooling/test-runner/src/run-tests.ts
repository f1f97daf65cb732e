import { parseCLI, startVitest } from 'vitest/node'
import { CountingReporter, closingLine } from './counting-reporter.ts'

/**
 * Runs Vitest once over the workspace and prints, as the last line, `N passed, N failed, N skipped`. Takes Vitest's own arguments.
 *
 * @returns the exit code: 0 only when at least one test ran and nothing failed, not even the cleaning up after the tests.
 */
export async function runTests(root: string, args: readonly string[]): Promise<number> {
  const { filter, options } = parseCLI(['vitest', 'run', ...args])
  const counting = new CountingReporter()
  const chosen = options.reporter ?? options.reporters ?? 'default'
  const { reporter: _one, ...rest } = options
  process.exitCode = 0
  try {
    const reporters = [...(Array.isArray(chosen) ? chosen : [chosen]), counting] as NonNullable<
      typeof options.reporters
    >
    const vitest = await startVitest('test', filter, { ...rest, root, watch: false, run: true, reporters })
    // Closing runs the global tear-down, which finds what the tests left behind.
    await vitest?.close()
  } catch (error) {
    console.error(error)
    process.exitCode = 1
  }
  const count = counting.count
  // A run that Vitest holds to have failed although no test did: an error outside the tests, in a set-up or in the tear-down.
  if (process.exitCode !== 0 && count.failed === 0 && count.passed > 0) count.failed = 1
  if (count.passed + count.failed === 0) console.error('No test ran.')
  console.log(closingLine(count))
  return count.failed > 0 || count.passed === 0 ? 1 : 0
}
