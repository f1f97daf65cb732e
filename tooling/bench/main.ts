// `npm run bench`: how fast Wellhead is beside the least that does the same work. See docs/benchmarks.md.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { benches } from './benches/index.ts'
import { openArena } from './harness/arena.ts'
import { isMet, type Line } from './harness/bench.ts'
import { type Result, report } from './harness/report.ts'

const options = new Command('bench')
  .description('How fast Wellhead is beside the least that does the same work.')
  .option('--only <names>', `only these, separated by commas: ${benches.map(({ name }) => name).join(', ')}`)
  .option('--report <file>', 'writes the table there as well')
  .option('--keep', 'keeps the folder with the logs of every process')
  .parse()
  .opts<{ only?: string; report?: string; keep?: boolean }>()

const names = options.only?.split(',').map((name) => name.trim())
const unknown = names?.find((name) => !benches.some((bench) => bench.name === name))
if (unknown !== undefined) throw new Error(`There is no bench ${unknown}: ${benches.map(({ name }) => name)}`)

const folder = await mkdtemp(join(tmpdir(), 'wellhead-bench-'))
await chmod(folder, 0o755) // the database server's account must be able to go there
try {
  await using arena = await openArena(folder)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      const end = () => process.exit(130)
      arena[Symbol.asyncDispose]().then(end, end)
    })
  const results: Result[] = []
  for (const bench of benches.filter(({ name }) => names?.includes(name) ?? true)) {
    const began = performance.now()
    const lines: Line[] = []
    for await (const line of bench.run(arena)) {
      console.error(`${line.what}: ${line.wellhead}, ratio ${line.ratio?.toFixed(2)}`)
      lines.push(line)
    }
    console.error(`${bench.name}: ${Math.round((performance.now() - began) / 1000)} s`)
    results.push({ bench, lines })
    await arena.settle()
  }
  const text = report(arena, results, ['npm run bench', ...(names ? ['--', '--only', names.join(',')] : [])].join(' '))
  console.log(text)
  if (options.report) await writeFile(options.report, text)
  if (results.some(({ lines }) => !lines.every(isMet))) process.exitCode = 1
} finally {
  if (options.keep) console.error(`Logs are in ${folder}`)
  else await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}
