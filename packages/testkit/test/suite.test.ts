import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, it } from 'vitest'
import { sources } from './broken/sources.ts'

/** The names of the tests that failed, by the id of the data source. */
const failed = new Map<string, string[]>()
let passed = 0

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
    const report = JSON.parse(await readFile(file, 'utf8')) as Report
    count(report)
  } finally {
    await rm(folder, { recursive: true })
  }
})

function count(report: Report): void {
  for (const { ancestorTitles, title, status } of report.testResults.flatMap((file) => file.assertionResults)) {
    const id = ancestorTitles.join(' ').split(' keeps the contract')[0]!.trim()
    if (status === 'passed') passed++
    else failed.set(id, [...(failed.get(id) ?? []), title])
  }
}

it('passes what keeps the contract', () => {
  expect(passed).toBeGreaterThan(50)
  expect(failed.get('good')).toBeUndefined()
})

it.each([
  ['rotation', /expired, by one refresh/],
  ['client-auth', /connects/],
  ['one-page', /to the end/],
  ['same-page', /to the end/],
  ['empty', /to the end/],
  ['account', /connects/],
  ['down', /a word for every answer/],
  ['label', /labels/],
  ['elsewhere', /connects/],
])('finds what is wrong with "%s"', (id, test) => {
  expect(sources.map((source) => source.id)).toContain(id)
  expect(failed.get(id)?.join('\n')).toMatch(test)
})
