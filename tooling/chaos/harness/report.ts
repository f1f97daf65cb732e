/** The report: a Markdown table of every part of every scenario, with the machine, the versions and the settings. */
import { cpus, totalmem } from 'node:os'
import Table from 'cli-table3'
import type { Limits } from './limits.ts'
import type { Part, Scenario } from './scenario.ts'
import type { House, QueueKind } from './stage.ts'

export interface Result {
  readonly scenario: Scenario
  readonly queue: QueueKind
  readonly limits: Limits
  readonly parts: readonly Part[]
  /** What ended the scenario before its end. */
  readonly failure?: string
  readonly seconds: number
}

const columns: readonly (readonly [string, (part: Part) => string | number])[] = [
  ['connections', ({ verdict }) => verdict.connections],
  ['expiries', ({ verdict }) => verdict.expiries],
  ['token requests', ({ verdict }) => verdict.tokenRequests],
  ['of these tried again', ({ verdict }) => verdict.retried],
  [
    'requests per expiry',
    ({ verdict }) => (verdict.expiries ? (verdict.tokenRequests / verdict.expiries).toFixed(2) : '-'),
  ],
  ['grants destroyed', ({ verdict }) => verdict.destroyed],
  ['reads', ({ verdict }) => verdict.reads],
  ['failed while good', ({ verdict }) => verdict.failedWhileGood],
  ['expired handed out', ({ verdict }) => verdict.expiredHandedOut],
  ['wrongly marked', ({ verdict }) => verdict.wronglyMarked],
  ['while PostgreSQL away', ({ verdict }) => verdict.whilePostgresAway],
  ['to needs_reauthorization', ({ verdict }) => span(verdict.toNeedsReauthorization)],
]

export const brokenOf = (result: Result): readonly string[] => [
  ...(result.failure ? [`it did not come to its end: ${result.failure}`] : []),
  ...result.parts.flatMap((part) =>
    [...part.verdict.broken, ...(part.broken ?? [])].map((what) => `${part.what}: ${what}`),
  ),
]

export function report(house: House, results: readonly Result[], notRun: readonly string[]): string {
  const [cpu] = cpus()
  const lines = [
    `Date: ${new Date().toISOString()}  `,
    `Machine: ${cpus().length} × ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}  `,
    `Versions: Node ${process.versions.node}, PostgreSQL ${house.postgres.version}, Redis ${house.redis?.version ?? 'none'}  `,
    ...settingsOf(results),
    '',
    table(results),
    '',
    ...notesOf(results),
    ...notRun.map((what) => `- not run: ${what}`),
    '',
    ...verdictOf(results),
    '',
  ]
  return lines.join('\n')
}

function table(results: readonly Result[]): string {
  const bar = '|'
  const made = new Table({
    head: ['scenario', 'queue', 'limits', 'what happens', ...columns.map(([name]) => name), 'holds'],
    style: { head: [], border: [], compact: true },
    // The lines of a Markdown table.
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: bar,
      right: bar,
      middle: bar,
      mid: '',
      'mid-mid': '',
      'left-mid': '',
      'right-mid': '',
    },
  })
  for (const { scenario, queue, limits, parts } of results)
    for (const part of parts) {
      const holds = part.verdict.broken.length + (part.broken?.length ?? 0) === 0
      const form = limits.form === 'production' ? 'production' : `1/${limits.factor}`
      made.push([
        scenario.letter,
        queue,
        form,
        part.what,
        ...columns.map(([, of]) => String(of(part))),
        holds ? 'yes' : '**no**',
      ])
    }
  const [head = '', ...rows] = made.toString().split('\n')
  const rule = head.replace(/[^|]/g, '-')
  return [head, rule, ...rows].join('\n')
}

function settingsOf(results: readonly Result[]): string[] {
  const forms = new Map(results.map(({ limits }) => [limits.form, limits]))
  return [...forms.values()].map(({ form, factor, timings }) => {
    const names = [
      'leaseMs',
      'tokenCallMs',
      'callerWaitMs',
      'pollMs',
      'sweepMs',
      'horizonMs',
      'backoffMs',
      'breakerOpenMs',
    ]
    const what =
      form === 'production'
        ? 'production limits'
        : `limits divided by ${factor}${form === 'short' ? ', fewer connections' : ''}`
    return `Settings (${what}): ${names.map((name) => `${name} ${timings[name]}`).join(', ')}  `
  })
}

function notesOf(results: readonly Result[]): string[] {
  return results.flatMap(({ scenario, queue, limits, parts, seconds }) => [
    `- ${scenario.letter} (${scenario.title}) on ${queue}${limits.form === 'production' ? ', production limits' : ''}: ${seconds.toFixed(0)} s`,
    ...parts.flatMap(({ what, note }) => (note ? [`  - ${what}: ${note}`] : [])),
  ])
}

function verdictOf(results: readonly Result[]): string[] {
  const broken = results.flatMap((result) =>
    brokenOf(result).map((what) => `- **${result.scenario.letter} on ${result.queue}**: ${what}`),
  )
  return broken.length === 0 ? ['Everything held.'] : ['What did not hold:', '', ...broken]
}

/** Median and longest, in seconds. */
function span(milliseconds: readonly number[]): string {
  if (milliseconds.length === 0) return '-'
  const sorted = milliseconds.toSorted((a, b) => a - b)
  const seconds = (value: number | undefined) => ((value ?? 0) / 1000).toFixed(1)
  return `${seconds(sorted[Math.floor(sorted.length / 2)])} s, at most ${seconds(sorted.at(-1))} s`
}
