import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { builtin } from '@wellhead/catalog'
import { main } from '@wellhead/cli'
import { connectionStatuses, documentKinds, operations, tokenScopes } from '@wellhead/client/schema'
import { dataSourceErrorCodes } from '@wellhead/datasource-node'
import { startSandbox } from '@wellhead/sandbox'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { anchorsOf, codeLines, linksOf, readDocuments, resolveLink, root } from '../src/documents.ts'
import { withParts } from '../src/tables.ts'

const documents = readDocuments()
const textOf = (path: string) => documents.find((one) => one.path === path)?.text ?? expect.fail(`There is no ${path}`)
const sourceOf = (path: string) => readFileSync(join(root, path), 'utf8')
/** The first column of a table's rows, as code. */
const firstCells = (text: string) => [...text.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? '')
const section = (text: string, heading: string) =>
  text.split(/^(?=#{2,3} )/m).find((part) => part.startsWith(heading)) ?? expect.fail(`There is no section ${heading}`)

describe('the documents', () => {
  it.each(documents)('$path has no dead link', ({ path, text }) => {
    for (const target of linksOf(text)) {
      const { file, anchor } = resolveLink(path, target)
      expect(existsSync(file), `${target} leads to a file`).toBe(true)
      if (anchor !== undefined) expect(anchorsOf(readFileSync(file, 'utf8')), target).toContain(anchor)
    }
  })

  it.each(documents)('$path has the tables that the code makes (else: node tooling/docs/src/main.ts)', ({ text }) => {
    expect(text).toBe(withParts(text))
  })

  it.each(['packages/*', 'packages/datasources/*', 'apps/*'])('each package of %s says what it is', (glob) => {
    const folders = globSync(`${glob}/package.json`, { cwd: root }).map((path) =>
      path.replace(/[\\/]package\.json$/, ''),
    )
    expect(folders).not.toEqual([])
    for (const folder of folders) expect(existsSync(join(root, folder, 'README.md')), folder).toBe(true)
  })

  it('name files of the repository that exist', () => {
    for (const { path, text } of documents)
      for (const [, file = ''] of text.matchAll(/`((?:packages|apps|tooling|examples|docs)\/[\w./-]+\.\w+)`/g))
        expect(existsSync(join(root, file)), `${file} in ${path}`).toBe(true)
  })
})

describe('commands', () => {
  const help = new Map<string, Promise<{ code: number; text: string }>>()
  afterEach(() => vi.restoreAllMocks())

  /** What `wellhead … --help` prints. */
  function helpOf(words: readonly string[]) {
    const key = words.join(' ')
    const known = help.get(key)
    if (known) return known
    const asked = (async () => {
      let text = ''
      const out = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
        text += String(chunk)
        return true
      })
      const error = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
      try {
        return { code: await main(['node', 'wellhead', ...words, '--help']), text }
      } finally {
        out.mockRestore()
        error.mockRestore()
      }
    })()
    help.set(key, asked)
    return asked
  }

  /** The commands in the code of the documents: `wellhead …`, and `npm start -- …`, which is `wellhead start`. */
  const lines = documents
    .flatMap(({ path, text }) => codeLines(text).map((line) => ({ path, line })))
    .flatMap(({ path, line }) => {
      const inner =
        /\$\((wellhead [^)]*)\)/.exec(line)?.[1] ?? line.replace(/^docker compose run --rm api /, 'wellhead ')
      const said = inner.replace(/^npm start( --)?(?= |$)/, 'wellhead start').replace(/ +#.*$/, '')
      return said.startsWith('wellhead ') ? [{ path, said }] : []
    })

  it('are found', () => {
    expect(new Set(lines.map(({ said }) => said.split(' ')[1]))).toEqual(
      new Set([
        'start',
        'api',
        'worker',
        'migrate',
        'restore',
        'keys',
        'owner',
        'token',
        'connections',
        'run',
        '--help',
      ]),
    )
  })

  it.each(lines)('$said exists ($path)', async ({ said }) => {
    const words = said.split(/\s+/).slice(1)
    const first = words.findIndex((word) => word.startsWith('-'))
    const named = first < 0 ? words : words.slice(0, first)
    // Of `run notion list_pages` the first word is the command.
    const depth = ['owner', 'token', 'connections', 'keys'].includes(named[0] ?? '') ? 2 : 1
    const { code, text } = await helpOf(named.slice(0, depth))
    expect(code).toBe(0)
    expect(text).toContain(`wellhead ${named.slice(0, depth).join(' ')}`.trim())
    for (const option of words.filter((word) => word.startsWith('--'))) expect(text).toContain(option)
  })
})

describe('tables', () => {
  const operate = textOf('docs/operate.md')
  const orchestrator = textOf('docs/call-it-from-an-orchestrator.md')

  it('of the environment variables are complete', () => {
    const declared = [...sourceOf('apps/cli/src/configuration/environment.ts').matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)]
    expect(declared.length).toBeGreaterThan(10)
    expect(firstCells(section(operate, '## Environment variables')).sort()).toEqual(
      declared.map((one) => one[1]).sort(),
    )
  })

  it('of the metrics are complete', () => {
    const source = sourceOf('apps/api/src/metrics.ts') + sourceOf('packages/engine/src/telemetry/tally.ts')
    const gauges = [...source.matchAll(/gauge\('(\w+)'/g)].map((match) => `wellhead_${match[1]}`)
    const counted = [...source.matchAll(/name: '(wellhead_\w+)'/g)].map((match) => match[1])
    const told = firstCells(section(operate, '## Health and metrics')).filter((name) => name.startsWith('wellhead_'))
    expect(told.sort()).toEqual([...gauges, ...counted].sort())
  })

  it('of the closed lists are complete', () => {
    const connect = textOf('docs/connect-a-source.md')
    for (const status of connectionStatuses) expect(connect).toContain(`\`${status}\``)
    const life = section(textOf('docs/architecture.md'), "## A connection's life")
    expect(firstCells(life).sort()).toEqual([...connectionStatuses].sort())
    for (const scope of tokenScopes) expect(section(orchestrator, '## A token')).toContain(`\`${scope}\``)
    for (const operation of operations) expect(section(orchestrator, '## Run')).toContain(`| \`${operation}\` |`)
    for (const kind of documentKinds) expect(section(orchestrator, '## Follow it')).toContain(`\`${kind}\``)
    const errors = firstCells(section(textOf('docs/write-a-source.md'), '### Errors'))
    expect(errors).toEqual([...dataSourceErrorCodes])
  })

  it("have the console's own words for a status", () => {
    const texts = sourceOf('apps/console/src/texts/en/connections.ts')
    const connect = section(textOf('docs/connect-a-source.md'), '## What a status means')
    const statuses = /statuses: \{([^}]+)\}/.exec(texts)?.[1] ?? ''
    for (const status of connectionStatuses) {
      const word = new RegExp(`${status}: '([^']+)'`).exec(statuses)?.[1]
      expect(connect).toContain(`| ${word} | \`${status}\` |`)
    }
  })

  it('of the refresh outcomes are complete', () => {
    const source = sourceOf('packages/engine/src/oauth/judge.ts')
    const outcomes = [...source.matchAll(/^ {2}\| \{ readonly outcome: '(\w+)'/gm)].map((match) => match[1])
    const told = firstCells(section(textOf('docs/architecture.md'), '### The outcomes'))
    expect(told.sort()).toEqual(outcomes.sort())
  })

  it('of the sandbox have its keys', async () => {
    const sandbox = await startSandbox()
    try {
      const told = section(textOf('docs/connect-a-source.md'), '## The Sandbox badge')
      for (const key of Object.values(sandbox.apiKeys)) expect(told).toContain(`\`${key}\``)
    } finally {
      await sandbox.close()
    }
  })

  it('of the built-in sources are complete', () => {
    for (const id of Object.keys(builtin))
      expect(textOf('README.md')).toContain(`(packages/datasources/${id}/README.md)`)
  })

  it('of the known faults name tests that have their words in a title', () => {
    const rows = [...textOf('docs/known-faults.md').matchAll(/^\| ([^|]+) \| [^|]+ \| (.*\]\(.*) \|$/gm)]
    expect(rows.length).toBeGreaterThanOrEqual(30)
    for (const [, fault = '', tests = ''] of rows)
      for (const [, path = ''] of tests.matchAll(/\]\(\.\.\/([^)]+)\)/g))
        expect(sourceOf(path).replaceAll("\\'", "'"), `${path} against: ${fault}`).toContain(fault)
  })

  it('of the decisions are complete', () => {
    const index = textOf('docs/decisions/README.md')
    const pages = documents.filter(({ path }) => /^docs\/decisions\/\d{4}-/.test(path))
    expect(pages.length).toBeGreaterThan(0)
    for (const { path, text } of pages) {
      expect(index).toContain(`(${path.split('/').at(-1)})`)
      expect(text).toMatch(
        /^# \d{4}\. .+\n\n\d{4}-\d\d-\d\d\n\n## Context\n[\s\S]+\n## Decision\n[\s\S]+\n## Consequence\n/,
      )
    }
  })
})
