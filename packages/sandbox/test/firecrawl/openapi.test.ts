import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { firecrawlKeys, type Sandbox, startSandbox } from '@wellhead/sandbox'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CallOptions, caller, ended } from './api.ts'

const folder = process.env.WELLHEAD_SPECS ?? resolve(import.meta.dirname, '../../../../../shared/specs')
const file = join(folder, 'firecrawl-v2-openapi.json')
const missing = !existsSync(file)
if (missing) console.warn(`Skipped: the checks against the vendor's OpenAPI file, for there is no ${file}`)

describe.skipIf(missing)("against the vendor's OpenAPI file", () => {
  let sandbox: Sandbox
  let ajv: Ajv
  beforeAll(async () => {
    const document = JSON.parse(readFileSync(file, 'utf8'))
    // The file demands a `data` that its own schema does not describe and that neither server nor client knows.
    const active = document.paths['/crawl/active'].get.responses['200'].content['application/json'].schema
    active.required = active.required.filter((name: string) => name !== 'data')
    allowNull(document)
    ajv = new Ajv({ strict: false, allErrors: true })
    addFormats.default(ajv)
    ajv.addSchema(document, 'firecrawl')
    sandbox = await startSandbox({ only: ['firecrawl'], pageSize: 3 })
  })
  afterAll(() => sandbox?.close())

  const call = caller(() => sandbox)
  const pointer = (...steps: string[]) =>
    `firecrawl#/${steps.map((step) => encodeURIComponent(step.replace(/~/g, '~0').replace(/\//g, '~1'))).join('/')}`
  const check = (schema: string, data: unknown) => {
    const validate = ajv.compile({ $ref: schema })
    expect(validate(data) ? [] : validate.errors).toEqual([])
  }

  /** Calls and holds request and answer against the file. */
  async function checked(
    methodAndTemplate: string,
    status: number,
    { id = '', ...options }: CallOptions & { id?: string } = {},
  ) {
    const [method = '', template = ''] = methodAndTemplate.split(' ')
    const json = ['content', 'application/json', 'schema']
    const operation = ['paths', template, method.toLowerCase()]
    if (options.body !== undefined) check(pointer(...operation, 'requestBody', ...json), options.body)
    const answer = await call(`${method} /v2${template.replace('{id}', id)}`, options)
    expect(answer.status).toBe(status)
    check(pointer(...operation, 'responses', String(status), ...json), answer.body)
    return answer
  }

  it('notices an answer that is wrong', () => {
    const schema = pointer('components', 'schemas', 'CrawlStatusResponseObj')
    expect(() => check(schema, { total: 'many' })).toThrow()
  })

  it('holds for the account', async () => {
    await checked('GET /team/credit-usage', 200)
    await checked('GET /team/credit-usage', 404, { key: firecrawlKeys.withoutBilling })
    await checked('GET /team/queue-status', 200)
  })

  it('holds for scrape and map', async () => {
    const formats = ['markdown', 'html', 'rawHtml', 'links', 'images'].map((type) => ({ type }))
    for (const path of ['', 'changelog', 'stations/%C3%A5land', 'status/incident', 'notes/untitled'])
      await checked('POST /scrape', 200, { body: { url: sandbox.siteUrl + path, formats, onlyMainContent: true } })
    await checked('POST /map', 200, { body: { url: sandbox.siteUrl, sitemap: 'include', limit: 10 } })
    await checked('POST /scrape', 402, { key: firecrawlKeys.withoutCredits, body: { url: sandbox.siteUrl } })
    await checked('POST /scrape', 500, { body: { url: 'http://127.0.0.1:1/' } })
  })

  it('holds for a crawl from its start to its end', async () => {
    sandbox.control.settings('firecrawl', { manual: true })
    const body = {
      url: sandbox.siteUrl,
      limit: 8,
      allowExternalLinks: true,
      scrapeOptions: { formats: [{ type: 'markdown' }] },
    }
    const { id } = (await checked('POST /crawl', 200, { body })).body
    sandbox.control.settings('firecrawl', { step: 2 })
    await expect.poll(async () => (await call(`GET /v2/crawl/${id}`)).body.completed).toBe(2)
    const during = await checked('GET /crawl/{id}', 200, { id })
    expect(during.body.next).toBeTypeOf('string')
    await checked('GET /crawl/active', 200)
    await checked('GET /team/queue-status', 200)
    sandbox.control.settings('firecrawl', { manual: false })
    await ended(call, id)
    const done = await checked('GET /crawl/{id}', 200, { id })
    expect(done.body).toMatchObject({ status: 'completed', next: expect.stringContaining('skip=3') })
    const errors = await checked('GET /crawl/{id}/errors', 200, { id })
    expect(errors.body.errors.length + errors.body.robotsBlocked.length).toBeGreaterThan(0)
    await checked('POST /crawl', 402, { body: { url: sandbox.siteUrl } })
  })

  it('holds for cancelling', async () => {
    sandbox.control.settings('firecrawl', { manual: true })
    const { id } = (await checked('POST /crawl', 200, { body: { url: sandbox.siteUrl, limit: 3 } })).body
    await checked('DELETE /crawl/{id}', 200, { id })
    await checked('GET /crawl/{id}', 200, { id })
    await checked('DELETE /crawl/{id}', 404, { id: crypto.randomUUID() })
  })

  it('holds for 429', async () => {
    sandbox.control.settings('firecrawl', { perMinute: { scrape: 1, map: 1, crawl: 1 } })
    await call('POST /v2/map', { body: { url: sandbox.siteUrl } })
    await checked('POST /map', 429, { body: { url: sandbox.siteUrl } })
  })
})

/** OpenAPI 3.0 writes `nullable` beside a `oneOf` without a type, which JSON Schema does not know. */
function allowNull(node: unknown): void {
  if (typeof node !== 'object' || node === null) return
  const schema = node as { nullable?: unknown; type?: unknown; oneOf?: unknown[] }
  if (schema.nullable === true && schema.type === undefined && Array.isArray(schema.oneOf)) {
    delete schema.nullable
    schema.oneOf.push({ type: 'null' })
  }
  for (const child of Object.values(node)) allowNull(child)
}
