import { arch, availableParallelism, cpus, loadavg, platform, totalmem } from 'node:os'
import type { Arena } from './arena.ts'
import { type Bench, isMet, type Line } from './bench.ts'

export interface Result {
  readonly bench: Bench
  readonly lines: readonly Line[]
}

/** One table of Markdown, with what it was measured on. */
export function report(arena: Arena, results: readonly Result[], command: string): string {
  const rows = results.flatMap(({ bench, lines }) =>
    lines.map((line) => [
      `\`${bench.name}\``,
      line.what,
      line.wellhead,
      line.compared,
      line.ratio === undefined ? '' : line.ratio.toFixed(2),
      wantedOf(line),
      line.bound,
    ]),
  )
  const table = [['bench', 'what', 'Wellhead', 'compared with', 'ratio', 'wanted', 'what bounds it'], ...rows]
  const [head, ...body] = table.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
  return [
    `\`${command}\`, ${new Date().toISOString().slice(0, 10)}. ${machine(arena)}`,
    '',
    head,
    `|${'---|'.repeat(7)}`,
    ...body,
    '',
  ].join('\n')
}

function machine({ postgresVersion, redis }: Arena): string {
  const processor = cpus()[0]?.model.trim() ?? arch()
  return [
    `${processor}, ${availableParallelism()} cores, ${Math.round(totalmem() / 1024 ** 3)} GiB, ${platform()}.`,
    `Node ${process.versions.node}, PostgreSQL ${postgresVersion}, ${redis ? `Redis ${redis.version}` : 'no Redis'}.`,
    `Load of the machine over the last minute: ${loadavg()[0]?.toFixed(1)}.`,
  ].join(' ')
}

function wantedOf(line: Line): string {
  if (line.wanted === undefined) return ''
  const bound = 'atLeast' in line.wanted ? `≥ ${line.wanted.atLeast}` : `≤ ${line.wanted.atMost}`
  return isMet(line) ? bound : `${bound}, **missed**`
}
