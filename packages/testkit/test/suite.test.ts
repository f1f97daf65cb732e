import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, it } from 'vitest'
import { brokenDocuments, documents } from './broken/document-sources.ts'
import { brokenDrives, drive } from './broken/drive-sources.ts'
import { brokenSites, site } from './broken/site-sources.ts'

/** The names of the tests that passed and failed, by the id of the data source. */
const passed = new Map<string, string[]>()
const failed = new Map<string, string[]>()

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly Assertion[] }[]
}
interface Assertion {
  readonly ancestorTitles: readonly string[]
  readonly title: string
  readonly status: string
}

// The suite is run as its users run it, on sources that each break one thing.
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'wellhead-suite-'))
  const file = join(folder, 'report.json')
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const args = [vitest, 'run', '--config', 'vitest.broken.ts', '--reporter', 'json', '--outputFile', file]
  try {
    // It fails, as it must; without the variables that tell a run that it is inside another.
    await promisify(execFile)(process.execPath, args, { cwd: join(import.meta.dirname, 'broken'), env: {} }).catch(
      () => {},
    )
    count(JSON.parse(await readFile(file, 'utf8')) as Report)
  } finally {
    await rm(folder, { recursive: true })
  }
}, 180_000)

function count(report: Report): void {
  for (const { ancestorTitles, title, status } of report.testResults.flatMap((file) => file.assertionResults)) {
    const names = [...ancestorTitles.filter(Boolean), title]
    const [id = ''] = names.join(' > ').split(' keeps the contract')
    const of = status === 'passed' ? passed : failed
    of.set(id, [...(of.get(id) ?? []), names.join(' > ')])
  }
}

const keeping = [documents, drive, site].map(({ id }) => id)
const broken = [...brokenDocuments, ...brokenDrives, ...brokenSites]

it.each(keeping)('passes what keeps the contract: %s', (id) => {
  expect(failed.get(id)).toBeUndefined()
  expect(passed.get(id)?.length).toBeGreaterThan(30)
})

it.each(broken.map(({ source, fails }) => [source.id, fails] as const))(
  'finds what is wrong with "%s"',
  (id, fails) => {
    for (const name of fails) expect(failed.get(id)?.join('\n')).toMatch(name)
  },
)

it('has no test that was not seen to fail for the source that it is about', () => {
  const bite = broken.flatMap(({ source, fails }) =>
    (failed.get(source.id) ?? []).filter((title) => fails.some((name) => name.test(title))),
  )
  const seen = new Set(bite.map(bare))
  const all = keeping.flatMap((id) => passed.get(id) ?? [])
  expect(all.length).toBeGreaterThan(100)
  expect(all.filter((title) => !seen.has(bare(title)))).toEqual([])
})

/** Without the source, the way to authenticate and the kind: the same test is asked of each. */
const bare = (title: string) =>
  title.replace(/^.* keeps the contract > (by \w+ > )?((online_document|online_drive|website_crawl) > )?/, '')
