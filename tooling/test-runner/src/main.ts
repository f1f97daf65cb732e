import { fileURLToPath } from 'node:url'
import { runTests } from './run-tests.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const code = await runTests(root, process.argv.slice(2))
// Whatever a test runner's plugin may still hold open, the run is over.
process.exit(code)
