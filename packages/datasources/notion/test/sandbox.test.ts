import type { PageEntry } from '@wellhead/datasource-node'
import { type Sandbox, startSandbox } from '@wellhead/sandbox'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { notion } from '../src/index.ts'
import { connect, textOf } from './connect.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['notion'], pageSize: 7 })
})
afterAll(() => sandbox?.close())
beforeEach(() => sandbox.control.clearFaults())
afterEach(() => sandbox.control.settings('notion', { queryResultLimit: 10_000 }))

const context = (key = sandbox.apiKeys.notion ?? '') => connect(sandbox.endpoints.notion?.api ?? '', key)

async function listAll(query?: string): Promise<PageEntry[]> {
  const entries: PageEntry[] = []
  let cursor: string | null = null
  do {
    const input: { cursor?: string; query?: string } = {
      ...(cursor === null ? {} : { cursor }),
      ...(query === undefined ? {} : { query }),
    }
    const listing = await notion.listPages(context(), input)
    entries.push(...listing.pages)
    cursor = listing.nextCursor
  } while (cursor !== null)
  return entries
}

const entryOf = async (title: string) => {
  const found = (await listAll(title)).find((entry) => entry.title.startsWith(title))
  if (!found) throw new Error(`The sandbox has no "${title}".`)
  return found
}
const readByTitle = async (title: string) => notion.readPage(context(), await entryOf(title))
const rowsOf = (table: string) => table.trim().split('\n').slice(2)
const numbersOf = (table: string) => rowsOf(table).map((row) => Number(/PROD-(\d+)/.exec(row)?.[1]))
const fault = (match: string, kind: 'status' | 'html' | 'malformed_json' | 'truncated' | 'empty', more: object = {}) =>
  sandbox.control.fault({ provider: 'notion', match, kind, ...more })

describe('against the sandbox', () => {
  it('says whose key it is', async () => {
    const account = await notion.identify(context(), {})
    expect(account.accountId).not.toMatch(/^bot:/)
    expect(account.name).not.toBe('')
  })

  it('lists to the end, over many pages, each item once', async () => {
    const before = sandbox.control.requests('notion').length
    const entries = await listAll()
    const searches = sandbox.control
      .requests('notion')
      .slice(before)
      .filter(({ path }) => path === '/v1/search')
    expect(searches.length).toBeGreaterThan(1)
    expect(new Set(entries.map((entry) => entry.id)).size).toBe(entries.length)
    expect(new Set(entries.map((entry) => entry.type))).toEqual(new Set(['page', 'data_source']))
  })

  it('finds by title', async () => {
    const [wanted] = (await listAll()).filter((entry) => entry.type === 'page' && entry.title !== 'Untitled')
    const found = await listAll(wanted?.title)
    expect(found.map((entry) => entry.id)).toContain(wanted?.id)
    expect(await listAll('no page has such a title')).toEqual([])
  })

  it('places a page that stands in a column under its page', async () => {
    expect((await entryOf('Page in a column')).parentId).toBe((await entryOf('Every block')).id)
  })

  it('gives an icon only when it lasts', async () => {
    expect((await entryOf('New oven')).icon).toBeNull()
    expect((await entryOf('Bakery Handbook')).icon).toBe('📖')
    expect((await entryOf('日本')).icon).toBe('https://example.com/flag.png')
  })

  it('reads all that it lists, but what is restricted or gone', async () => {
    const failures: string[] = []
    const tables = new Set((await listAll()).filter((one) => one.type === 'data_source').map((one) => one.id))
    for (const entry of (await listAll()).filter(
      (one) => one.title !== 'Untitled' && !tables.has(one.parentId ?? ''),
    )) {
      try {
        const read = await notion.readPage(context(), entry)
        expect(read).toMatchObject({ id: entry.id, title: entry.title, parentId: entry.parentId })
        expect(await textOf(read.content)).not.toBe('')
      } catch (error) {
        failures.push(`${entry.title}: ${(error as { code?: string }).code}`)
      }
    }
    expect(failures.sort()).toEqual(['Deleted a minute ago: not_found', 'Salaries (restricted): missing_scope'])
  })

  it('reads an empty page as empty', async () => {
    const empty = (await listAll()).find((entry) => entry.title === 'Untitled' && entry.parentId)
    expect((await notion.readPage(context(), empty!)).content).toBe('')
  })

  it('completes a page that Notion cuts, and says what is not shared', async () => {
    const { content, warnings } = await readByTitle('Bakery Handbook')
    const rules = String(content).match(/rule \d: keep it simple/g)
    expect(rules).toHaveLength(10 * 8)
    expect(String(content).indexOf('Closing, rule 8')).toBeGreaterThan(String(content).indexOf('Waste, rule 8'))
    expect(warnings).toHaveLength(1)
  })

  it('reads a page that has no Markdown by its blocks', async () => {
    expect((await readByTitle('Notes that only come')).content).toBe(
      '## Only blocks\n\nThe Markdown endpoint refuses this page.',
    )
  })

  it.each([
    ['by the markdown endpoint', false],
    ['by its blocks', true],
  ])('loses nothing of a page with every kind of block and text, %s', async (_, byBlocks) => {
    if (byBlocks) fault('/markdown', 'status', { status: 400, code: 'validation_error', times: 100 })
    const content = String((await readByTitle('Every block')).content)
    const kept = [
      '**bold**',
      '`code()`',
      'e^{i\\pi} + 1 = 0',
      'Ada Sample',
      '2026-05-04',
      'Welcome to Acme',
      'Product Catalog',
      'issue/7',
      'Example Domain',
      'gear',
      '👩‍🔬',
      '# Heading one',
      '### Heading three',
      'Inside the toggle heading.',
      'A paragraph three levels down.',
      '3. Starts at three',
      '[x] Done',
      'Hidden until opened.',
      'A child of the quote.',
      '💡',
      'console.log(fence)',
      '\\frac{1}{3}',
      '3 kg',
      'cat.png',
      'diagram.png',
      'clip.mp4',
      'note.mp3',
      'recipe.txt',
      'manual.pdf',
      'https://example.com/article',
      'https://example.com/embedded',
      'https://example.com/pull/12',
      'Written once, shown twice.',
      'Left column.',
      'Page in a column',
      'What the second tab holds.',
      'New entry',
      'Weekly meeting',
      'We decided to bake more bread.',
      'Ask the mill for a better price.',
    ]
    expect(kept.filter((words) => !content.includes(words))).toEqual([])
    expect(content.split('Written once, shown twice.')).toHaveLength(3)
    expect(content).not.toContain('Ada: Good morning everyone.')
    // Another document.
    expect(content).not.toContain('My parent is a column block.')
    if (byBlocks) expect(content).toContain('4. Then four')
  })

  it('reads a data source beyond the limit of a query', async () => {
    sandbox.control.settings('notion', { queryResultLimit: 60 })
    // By its id and type alone: the listing is cut by the same limit.
    const [{ id }] = (await listAll('Products')) as [PageEntry]
    const table = await textOf((await notion.readPage(context(), { id, type: 'data_source' })).content)
    expect(numbersOf(table)).toEqual(Array.from({ length: 260 }, (_, index) => index + 1))
  })

  it('ends in an error, with all it could list, when a search is cut', async () => {
    sandbox.control.settings('notion', { queryResultLimit: 20 })
    await expect(listAll()).rejects.toMatchObject({ code: 'content_unavailable' })
  })

  it('reads a database as the tables of its data sources', async () => {
    const { properties } = (await readByTitle('Product 215')).metadata as { properties: Record<string, string> }
    expect(properties).toMatchObject({ SKU: 'SKU-0215', 'Supplier country': 'IE' })
    const product = await entryOf('Product 215')
    const raw = await context().fetch(`${sandbox.endpoints.notion?.api}/v1/pages/${product.id}`, {
      headers: { 'notion-version': '2026-03-11' },
    })
    const { parent } = (await raw.json()) as { parent: { database_id: string } }
    const database = await notion.readPage(context(), { id: parent.database_id })
    expect(database).toMatchObject({ type: 'database', title: 'Product Catalog', icon: '🥐' })
    const content = await textOf(database.content)
    expect(content).toContain('## Products\n')
    expect(content).toContain('## Suppliers — Lieferanten\n')
    expect(content).toContain('Fromagerie du Lac')
  })

  it('refuses a wrong key', async () => {
    await expect(notion.identify(context('ntn_wrong'), {})).rejects.toMatchObject({ code: 'unauthorized' })
    await expect(notion.listPages(context('ntn_wrong'), {})).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('does not know a foreign cursor', async () => {
    await expect(notion.listPages(context(), { cursor: '0:gone' })).rejects.toMatchObject({ code: 'cursor_expired' })
  })

  it.each([
    ['html', { status: 403 }, 'provider_unavailable'],
    ['malformed_json', {}, 'invalid_response'],
    ['empty', {}, 'invalid_response'],
    ['truncated', {}, 'provider_unavailable'],
    ['status', { status: 503 }, 'provider_unavailable'],
    ['status', { status: 529 }, 'rate_limited'],
  ] as const)('%s %j is the error %s, in a listing, a page and the middle of a table', async (kind, more, code) => {
    const [page, table] = [await entryOf('Bakery Handbook'), await entryOf('Products')]
    fault('/v1/search', kind, more)
    await expect(notion.listPages(context(), {})).rejects.toMatchObject({ code })
    fault('/markdown', kind, more)
    await expect(notion.readPage(context(), page)).rejects.toMatchObject({ code })
    const { content } = await notion.readPage(context(), table)
    const pieces = (content as AsyncIterable<string>)[Symbol.asyncIterator]()
    await pieces.next()
    await pieces.next()
    fault('/query', kind, more)
    await expect(pieces.next()).rejects.toMatchObject({ code })
  })
})

describe('Notion databases import only their first 10 rows; mentions and equations vanish from text; the whole workspace is walked before anything is shown', () => {
  it('reads a data source of 260 rows to its last, and each row once', async () => {
    const table = await textOf((await readByTitle('Products')).content)
    expect(numbersOf(table)).toEqual(Array.from({ length: 260 }, (_, index) => index + 1))
    expect(rowsOf(table)[1]).toContain('| SKU-0002 |')
    const columns = table.split('\n')[0]?.split('|').length
    expect(rowsOf(table).filter((row) => row.split(/(?<!\\)\|/).length !== columns)).toEqual([])
  })

  it('keeps the words of mentions and equations', async () => {
    const content = String((await readByTitle('Every block')).content)
    // A date, a page, a person, an issue and a link preview that are mentioned; an equation in a line.
    const kept = ['2026-05-04', 'Product Catalog', 'Welcome to Acme', 'issue/7', 'Example Domain', '\\frac{1}{3}']
    expect(kept.filter((words) => !content.includes(words))).toEqual([])
  })

  it('shows the first page of a listing after one search', async () => {
    const before = sandbox.control.requests('notion').length
    const { pages, nextCursor } = await notion.listPages(context(), { query: 'Product' })
    expect([pages.length, nextCursor]).toEqual([7, expect.any(String)])
    const asked = sandbox.control.requests('notion').slice(before)
    expect(asked.filter(({ path }) => path === '/v1/search')).toHaveLength(1)
  })
})
