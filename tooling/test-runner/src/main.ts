import { fileURLToPath } from 'node:url'
import { builtConsole } from '@wellhead/console'
import { runTests } from './run-tests.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
// Before the tests, which have only so much time each. One that cannot be built is told by those that need it.
await builtConsole().catch(() => {})
const code = await runTests(root, process.argv.slice(2))
// Whatever a test runner's plugin may still hold open, the run is over.
process.exit(code)
