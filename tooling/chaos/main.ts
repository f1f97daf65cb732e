// `npm run chaos`: what becomes of OAuth grants when things go wrong, counted at the provider. See docs/chaos.md.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { limitsOf } from './harness/limits.ts'
import { play } from './harness/play.ts'
import { brokenOf, type Result, report } from './harness/report.ts'
import { openHouse, type QueueKind } from './harness/stage.ts'
import { scenarios } from './scenarios/index.ts'

const options = new Command('chaos')
  .description('What becomes of OAuth grants when things go wrong, counted at the provider.')
  .option('--scenario <letters>', 'only these, separated by commas (default: all)')
  .addOption(new Option('--queue <which>', 'the queue').choices(['postgres', 'redis', 'both']).default('both'))
  .option('--production', "production's time limits instead of a tenth of them, for the scenarios that fit the time")
  .option('--short', 'fewer connections, as in the tests')
  .option('--report <file>', 'writes the report there as well')
  .option('--keep', 'keeps the folder with the logs of every process')
  .parse()
  .opts<{
    scenario?: string
    queue: QueueKind | 'both'
    production?: boolean
    short?: boolean
    report?: string
    keep?: boolean
  }>()

const letters = options.scenario?.split(',').map((letter) => letter.trim())
const unknown = letters?.find((letter) => !scenarios.some((one) => one.letter === letter))
if (unknown !== undefined) throw new Error(`There is no scenario ${unknown}: ${scenarios.map((one) => one.letter)}`)
const chosen = scenarios.filter(
  ({ letter, inProduction }) => letters?.includes(letter) ?? (!options.production || inProduction),
)
const limits = await limitsOf(options.production ? 'production' : options.short ? 'short' : 'scaled')

const folder = await mkdtemp(join(tmpdir(), 'wellhead-chaos-'))
await chmod(folder, 0o755) // the database server's account must be able to go there
let broken = 0
try {
  await using house = await openHouse(folder)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      const end = () => process.exit(130)
      house[Symbol.asyncDispose]().then(end, end)
    })
  const wanted: readonly QueueKind[] = options.queue === 'both' ? ['postgres', 'redis'] : [options.queue]
  const queues = wanted.filter((queue) => queue !== 'redis' || house.redis)
  const notRun = queues.length < wanted.length ? ['everything on Redis, as there is no redis-server on the PATH'] : []
  const results: Result[] = []
  for (const scenario of chosen)
    for (const queue of queues) results.push(await play(house, queue, limits, scenario, (line) => console.error(line)))
  const text = report(house, results, notRun)
  console.log(text)
  if (options.report) await writeFile(options.report, text)
  broken = results.flatMap(brokenOf).length
} finally {
  if (options.keep) console.error(`Logs are in ${folder}`)
  else await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}
process.exitCode = broken > 0 ? 1 : 0
