/** Pipelines: who sees and changes them, what their nodes would be read with, and what a run of a node is. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { and, eq, inArray, sql } from '../src/db/query.ts'
import { type Actor, type Connection, EngineError, type PipelineNode, type RunInput, schema } from '../src/index.ts'
import { connect, ended, refusal, strangerOf } from './beginnings.ts'
import { type DriveProvider, drive, startDrive } from './drive.ts'
import { type House, openHouse, until } from './house.ts'
import { type NotesProvider, notes, startNotes } from './notes.ts'
import { type SiteProvider, site, startSite } from './site.ts'

const file = (name: string) => readFileSync(new URL(`./pipeline-documents/${name}`, import.meta.url), 'utf8')
const dify = file('several-sources.yml')
const ours = file('site.json')
const jina = '1750400203722'
const firecrawl = '1750400203723'

const sources = {
  notes: {
    ...notes,
    aliases: ['langgenius/notion_datasource'],
    parameters: z.object({ query: z.string().optional() }),
  },
  drive: { ...drive, aliases: ['google_drive'], parameters: z.object({ folder: z.string().optional() }) },
  site: {
    ...site,
    aliases: ['jinareader', 'firecrawl'],
    parameters: z.object({
      url: z.url(),
      limit: z.int().min(1).max(50).default(10),
      crawl_sub_pages: z.boolean().default(true),
      use_sitemap: z.boolean().default(true),
      max_depth: z.int().optional(),
      exclude_paths: z.string().optional(),
      only_main_content: z.boolean().optional(),
    }),
    parameterAliases: { crawl_subpages: 'crawl_sub_pages' },
  },
}

let house: House
let notesProvider: NotesProvider
let driveProvider: DriveProvider
let siteProvider: SiteProvider
let importer: Actor
let other: Actor
let editor: Actor
let stranger: Actor

beforeAll(async () => {
  notesProvider = await startNotes()
  driveProvider = await startDrive()
  siteProvider = await startSite()
  house = await openHouse({
    builtin: Object.fromEntries(Object.entries(sources).map(([id, source]) => [id, async () => ({ default: source })])),
    overrides: {
      notes: { endpoints: { api: notesProvider.origin } },
      drive: { endpoints: { api: driveProvider.origin } },
      site: { endpoints: { api: siteProvider.origin } },
    },
  })
  await house.work()
  importer = await house.member('member')
  other = await house.member('member')
  editor = await house.member('editor')
  stranger = await strangerOf(house)
})
afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  await notesProvider?.close()
  await driveProvider?.close()
  await siteProvider?.close()
})

const room = () => house.engine.pipelines
const imported = (document: string, actor = importer) => room().create(actor, { document })
const nodeOf = async (actor: Actor, id: string, nodeId: string) =>
  (await room().get(actor, id)).nodes.find((node) => node.id === nodeId) as PipelineNode
const connectSite = (actor: Actor, name: string) =>
  connect(house, actor, { dataSource: 'site', apiKey: siteProvider.key, name })
/** Removes every connection, so that a test has its own. */
async function disconnectAll() {
  await house.engine.db.delete(schema.connections)
}
async function caught(call: Promise<unknown>): Promise<EngineError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(EngineError)
  return error as EngineError
}

describe('an imported document', () => {
  it.each([
    ['several-sources.yml', 'dify', 'application/yaml', 'Acme handbook'],
    ['site.json', 'wellhead', 'application/json', 'Acme site'],
  ])('%s is written out again to the byte, whatever is chosen', async (name, format, mediaType, title) => {
    const { id, nodes } = await imported(file(name))
    expect(await room().get(importer, id)).toMatchObject({ id, format, name: title })
    const node = nodes.find(({ kind }) => kind === 'website_crawl') as PipelineNode
    const patch = { name: 'Mine', nodes: [{ id: node.id, parameters: { limit: 3 } }] }
    expect((await room().update(importer, id, patch)).name).toBe('Mine')
    expect(await room().document(importer, id)).toEqual({ text: file(name), mediaType, name: 'Mine' })
    await room().replaceDocument(importer, id, `${file(name)} \n`)
    expect((await room().document(importer, id)).text).toBe(`${file(name)} \n`)
  })

  it('has its data sources found by their aliases, and its parameters by the names of the data source', async () => {
    const { nodes, edges, variables, viewport } = await imported(dify)
    expect(
      nodes.map(({ id, role, dataSource, dataSourceName, kind }) => [id, role, dataSource, dataSourceName, kind]),
    ).toEqual([
      [jina, 'data_source', 'site', 'langgenius/jina_datasource', 'website_crawl'],
      [firecrawl, 'data_source', 'site', 'langgenius/firecrawl_datasource', 'website_crawl'],
      ['notion', 'data_source', 'notes', 'langgenius/notion_datasource', 'online_document'],
      ['drive', 'data_source', 'drive', 'langgenius/google_drive', 'online_drive'],
      ['files', 'local_file', null, null, null],
      ...['extract', 'aggregate', 'decide', 'code', 'chunk', 'base', '1752565402678'].map((id) => [
        id,
        'orchestrator',
        null,
        null,
        null,
      ]),
    ])
    expect([edges.length, variables.length, viewport]).toEqual([10, 9, { x: -12.5, y: 8, zoom: 0.75 }])
    const node = nodes[1]
    expect(node?.parameters.map(({ name, parameter }) => [name, parameter])).toEqual([
      ['url', 'url'],
      ['crawl_subpages', 'crawl_sub_pages'],
      ['exclude_paths', 'exclude_paths'],
      ['include_paths', null],
      ['max_depth', 'max_depth'],
      ['limit', 'limit'],
      ['only_main_content', 'only_main_content'],
      ['proxy', null],
    ])
    expect(node?.variables).toEqual(['host', 'about', 'path'])
    expect(node?.warnings).toEqual([
      { code: 'unknown_parameter', message: 'Site has no parameter proxy; it is left out.' },
    ])
    expect(nodes[0]?.warnings).toEqual([])
  })

  it('is told what may not be meant of its nodes', async () => {
    const { nodes } = await imported(`kind: rag_pipeline
workflow:
  graph:
    nodes:
      - id: a
        data:
          type: datasource
          provider_name: site
          provider_type: online_drive
          datasource_parameters:
            url: { type: mixed, value: '{{#rag.b.url#}}' }
            limit: { type: constant, value: 500 }
`)
    expect(nodes[0]?.warnings.map(({ code }) => code)).toEqual(['kind_differs', 'unknown_variable', 'invalid_value'])
  })

  it('is refused when it names a data source that is not installed, with each node and its names', async () => {
    const error = await caught(
      imported(dify.replaceAll('google_drive', 'acme_drive').replace('jinareader', 'jinarider')),
    )
    expect(error.code).toBe('unknown_data_source')
    expect(error.message).toContain('"Web site (Jina)" names langgenius/jina_datasource or jinarider')
    expect(error.details.nodes).toEqual([
      { id: jina, title: 'Web site (Jina)', names: ['langgenius/jina_datasource', 'jinarider'] },
      { id: 'drive', title: 'Drive', names: ['langgenius/acme_drive', 'acme_drive'] },
    ])
  })

  it('is refused when it is broken, with what is wrong where', async () => {
    const error = await caught(imported(ours.replace('"target": "split"', '"target": "splat"')))
    expect([error.code, error.details.errors]).toEqual([
      'invalid_pipeline_document',
      [{ path: 'edges.0.target', message: 'There is no node splat.' }],
    ])
    const { id } = await imported(ours)
    expect(await refusal(room().replaceDocument(importer, id, 'kind: app'))).toBe('invalid_pipeline_document')
    expect(await refusal(room().replaceDocument(importer, id, dify.replaceAll('google_drive', 'x')))).toBe(
      'unknown_data_source',
    )
    expect((await room().document(importer, id)).text).toBe(ours)
  })

  it('is named by whoever imports it, by itself, or by what it is', async () => {
    const named = async (name: string) =>
      (await room().create(importer, { document: { ...JSON.parse(ours), name } })).name
    expect((await room().create(importer, { name: 'Given', document: ours })).name).toBe('Given')
    expect(await named(`  two\n lines ${'x'.repeat(150)}`)).toBe(`two  lines ${'x'.repeat(89)}`)
    expect(await named(' ')).toBe('Pipeline')
  })
})

describe('who may do what', () => {
  it('all members of the workspace see a pipeline, and nobody else', async () => {
    const { id } = await imported(ours)
    const doors: Record<string, (actor: Actor) => Promise<unknown>> = {
      get: (actor) => room().get(actor, id),
      document: (actor) => room().document(actor, id),
      update: (actor) => room().update(actor, id, { name: 'x' }),
      replace: (actor) => room().replaceDocument(actor, id, ours),
      run: (actor) => house.engine.runs.create(actor, { pipelineId: id, nodeId: 'site' }),
      delete: (actor) => room().delete(actor, id),
    }
    for (const [door, open] of Object.entries(doors))
      expect(await refusal(open(stranger)), door).toBe('pipeline_not_found')
    expect((await room().list(stranger, {})).items).toEqual([])
    for (const actor of [importer, other, editor, house.owner]) {
      expect((await room().get(actor, id)).id).toBe(id)
      expect((await room().list(actor, {})).items.map((item) => item.id)).toContain(id)
    }
  })

  it('its importer, owners and editors change it; other members do not', async () => {
    const { id } = await imported(ours)
    for (const [index, actor] of [importer, editor, house.owner].entries())
      expect((await room().update(actor, id, { name: `Name ${index}` })).name).toBe(`Name ${index}`)
    expect(await refusal(room().update(other, id, { name: 'x' }))).toBe('forbidden')
    expect(await refusal(room().replaceDocument(other, id, ours))).toBe('forbidden')
    expect(await refusal(room().delete(other, id))).toBe('forbidden')
    await room().delete(editor, id)
    expect(await refusal(room().get(importer, id))).toBe('pipeline_not_found')
  })

  it('a token needs its scope', async () => {
    const { id } = await imported(ours)
    const withScopes = (...scopes: NonNullable<Actor['token']>['scopes']): Actor => ({
      ...importer,
      token: { id: 'tok_x', scopes },
    })
    const reader = withScopes('pipelines:read')
    const writer = withScopes('pipelines:write')
    expect((await room().get(reader, id)).id).toBe(id)
    for (const call of [
      () => room().create(reader, { document: ours }),
      () => room().update(reader, id, { name: 'x' }),
      () => room().replaceDocument(reader, id, ours),
      () => room().delete(reader, id),
      () => room().get(writer, id),
      () => room().list(writer, {}),
      () => room().document(writer, id),
    ])
      expect(await refusal(call())).toBe('forbidden')
  })

  it('what they did is in the audit trail', async () => {
    const { id } = await imported(ours)
    await room().update(importer, id, { nodes: [{ id: 'site', parameters: {} }] })
    await room().replaceDocument(editor, id, ours)
    await room().delete(house.owner, id)
    const { items } = await house.engine.audit.list(house.owner, { limit: 100 })
    expect(
      items.filter(({ subject }) => subject === id).map(({ actor, action, data }) => [actor.userId, action, data]),
    ).toEqual([
      [house.owner.userId, 'pipeline.delete', {}],
      [editor.userId, 'pipeline.update', { changed: ['document'] }],
      [importer.userId, 'pipeline.update', { changed: ['nodes'] }],
      [importer.userId, 'pipeline.create', { format: 'wellhead' }],
    ])
  })

  it('a list goes on page by page, newest first, with the data-source nodes alone', async () => {
    await house.engine.db.delete(schema.pipelines)
    const made = []
    for (const name of ['one', 'two', 'three']) made.push((await room().create(importer, { name, document: dify })).id)
    const first = await room().list(other, { limit: 2 })
    expect(first.items.map(({ name, description }) => [name, description])).toEqual([
      ['three', 'Pages, sites & files — für alle'],
      ['two', 'Pages, sites & files — für alle'],
    ])
    expect(first.items[0]?.nodes.map(({ id, dataSource }) => [id, dataSource])).toEqual([
      [jina, 'site'],
      [firecrawl, 'site'],
      ['notion', 'notes'],
      ['drive', 'drive'],
    ])
    const second = await room().list(other, { limit: 2, cursor: first.nextCursor as string })
    expect([second.items.map(({ id }) => id), second.nextCursor]).toEqual([[made[0]], null])
    expect(await refusal(room().list(other, { cursor: 'x' }))).toBe('invalid_cursor')
  })
})

describe('what a node would be read with', () => {
  /** What is shown, and what a run then takes: the same. */
  async function shown(actor: Actor, id: string) {
    const { authorization, connection } = await nodeOf(actor, id, 'site')
    const run = await house.engine.runs
      .create(actor, { pipelineId: id, nodeId: 'site', variables: { host: 'docs' } })
      .then((made) => made.connectionId)
      .catch((error: EngineError) => error.code)
    return { authorization, name: connection?.name ?? null, chosen: connection?.chosen ?? null, run }
  }

  it('is the chosen connection, else the default, else the only one', async () => {
    await disconnectAll()
    const { id } = await imported(ours)
    expect(await shown(other, id)).toEqual({
      authorization: 'missing',
      name: null,
      chosen: null,
      run: 'no_default_connection',
    })

    const first = await connectSite(other, 'first')
    expect(await shown(other, id)).toEqual({ authorization: 'ready', name: 'first', chosen: false, run: first.id })
    await house.engine.connections.update(other, first.id, { isDefault: false })
    expect(await shown(other, id)).toMatchObject({ name: 'first', run: first.id })

    const second = await connectSite(other, 'second')
    await house.engine.connections.update(other, second.id, { isDefault: false })
    expect(await shown(other, id)).toEqual({
      authorization: 'ambiguous',
      name: null,
      chosen: null,
      run: 'no_default_connection',
    })

    await room().update(importer, id, { nodes: [{ id: 'site', connectionId: first.id }] })
    expect(await shown(other, id)).toEqual({ authorization: 'ready', name: 'first', chosen: true, run: first.id })
    await room().update(importer, id, { nodes: [{ id: 'site', connectionId: null }] })
    await house.engine.connections.update(other, second.id, { isDefault: true })
    expect(await shown(other, id)).toEqual({ authorization: 'ready', name: 'second', chosen: false, run: second.id })
  })

  it('says when a connection must be authorized again, or is not proven yet', async () => {
    await disconnectAll()
    const { id } = await imported(ours)
    const made = await connectSite(other, 'only')
    const to = (status: Connection['status']) =>
      house.engine.db.update(schema.connections).set({ status }).where(eq(schema.connections.id, made.id))
    for (const [status, authorization, run] of [
      ['degraded', 'ready', made.id],
      ['pending', 'pending', 'connection_not_usable'],
      ['needs_reauthorization', 'reauthorize', 'needs_reauthorization'],
      ['invalid', 'reauthorize', 'credential_invalid'],
      ['deleting', 'missing', 'no_default_connection'],
    ] as const) {
      await to(status)
      expect(await shown(other, id), status).toMatchObject({ authorization, run })
    }
  })

  it('never shows nor uses a connection that is not shared', async () => {
    await disconnectAll()
    const { id } = await imported(ours)
    const mine = await connectSite(importer, 'mine')
    await house.engine.connections.update(importer, mine.id, { visibility: 'only_me' })
    expect(await shown(other, id)).toMatchObject({ authorization: 'missing', run: 'no_default_connection' })
    expect(await refusal(room().update(editor, id, { nodes: [{ id: 'site', connectionId: mine.id }] }))).toBe(
      'connection_not_found',
    )

    await room().update(importer, id, { nodes: [{ id: 'site', connectionId: mine.id }] })
    expect(await shown(importer, id)).toMatchObject({ authorization: 'ready', chosen: true, run: mine.id })
    // Not another one in its place, which would read another account.
    await connectSite(other, 'default of the others')
    expect(await shown(other, id)).toEqual({
      authorization: 'hidden',
      name: null,
      chosen: null,
      run: 'connection_not_found',
    })
    expect(JSON.stringify(await room().get(other, id))).not.toContain(mine.id)
  })

  it('is no connection to another source, nor one that is being deleted', async () => {
    await disconnectAll()
    const { id } = await imported(ours)
    const choose = (connectionId: string) => room().update(importer, id, { nodes: [{ id: 'site', connectionId }] })
    const note = await connect(house, importer, { dataSource: 'notes', apiKey: notesProvider.key })
    expect(await refusal(choose(note.id))).toBe('connection_not_found')
    expect(await refusal(choose('con_unknown'))).toBe('connection_not_found')
    const going = await connectSite(importer, 'going')
    await house.engine.db
      .update(schema.connections)
      .set({ status: 'deleting' })
      .where(eq(schema.connections.id, going.id))
    expect(await refusal(choose(going.id))).toBe('connection_deleting')
  })

  it('is chosen for data-source nodes alone, all of it or nothing', async () => {
    const { id } = await imported(dify)
    const refused = (nodes: Parameters<House['engine']['pipelines']['update']>[2]['nodes']) =>
      caught(room().update(importer, id, { name: 'Half', nodes: nodes ?? [] }))
    expect((await refused([{ id: jina, parameters: {} }, { id: 'nothing' }])).code).toBe('node_not_found')
    expect((await refused([{ id: 'files', parameters: {} }])).code).toBe('node_not_runnable')
    expect((await refused([{ id: 'chunk', connectionId: null }])).code).toBe('node_not_runnable')
    const wrong = await refused([{ id: jina, parameters: { url: 'https://a.test', limit: 'ten', depth: 1 } }])
    expect([wrong.code, wrong.details.errors]).toEqual([
      'invalid_parameters',
      [
        { path: 'nodes.0.parameters.limit', message: 'This must be a number.', code: 'not_number' },
        { path: 'nodes.0.parameters.depth', message: 'Site has no such parameter.' },
      ],
    ])
    expect((await refused([{ id: jina, parameters: { exclude_paths: 'x'.repeat(70_000) } }])).code).toBe(
      'invalid_parameters',
    )
    const after = await room().get(importer, id)
    expect([after.name, after.nodes.every(({ values }) => Object.keys(values).length === 0)]).toEqual([
      'Acme handbook',
      true,
    ])
  })

  it('stays chosen when another document takes its place, where the node still means the same source', async () => {
    await disconnectAll()
    const connection = await connectSite(importer, 'kept')
    const { id } = await imported(dify)
    const note = await connect(house, importer, { dataSource: 'notes', apiKey: notesProvider.key })
    await room().update(importer, id, {
      nodes: [
        { id: jina, connectionId: connection.id, parameters: { limit: 7 } },
        { id: firecrawl, connectionId: connection.id },
        { id: 'notion', connectionId: note.id },
      ],
    })
    const replaced = dify
      .replace('title: Web site (Jina)', 'title: Another title')
      .replaceAll(firecrawl, 'renamed')
      .replace('langgenius/notion_datasource\n', 'site\n')
    await room().replaceDocument(importer, id, replaced)
    const { nodes } = await room().get(importer, id)
    expect(
      nodes.slice(0, 3).map(({ id, dataSource, connection: taken, values }) => [id, dataSource, taken?.chosen, values]),
    ).toEqual([
      [jina, 'site', true, { limit: 7 }],
      ['renamed', 'site', false, {}],
      ['notion', 'site', false, {}],
    ])
    expect((await house.engine.connections.get(importer, connection.id)).pipelines).toEqual([
      { pipelineId: id, pipelineName: 'Acme handbook', nodeId: jina, nodeTitle: 'Another title' },
    ])
    expect((await house.engine.connections.get(importer, note.id)).pipelines).toEqual([])
  })
})

describe('a connection that pipelines use', () => {
  it('says by which; when it is deleted its nodes have none chosen, and no further event tells of it', async () => {
    await disconnectAll()
    const connection = await connectSite(importer, 'used')
    const [one, two] = [await imported(ours), await imported(dify)]
    await room().update(importer, one.id, {
      nodes: [{ id: 'site', connectionId: connection.id, parameters: { limit: 4 } }],
    })
    await room().update(importer, two.id, { nodes: [{ id: jina, connectionId: connection.id }] })
    const uses = [
      { pipelineId: two.id, pipelineName: 'Acme handbook', nodeId: jina, nodeTitle: 'Web site (Jina)' },
      { pipelineId: one.id, pipelineName: 'Acme site', nodeId: 'site', nodeTitle: 'The site' },
    ]
    expect((await house.engine.connections.get(importer, connection.id)).pipelines).toEqual(uses)
    expect((await house.engine.connections.list(importer, {})).items.map(({ pipelines }) => pipelines)).toEqual([uses])

    await house.engine.connections.delete(importer, connection.id)
    expect(await nodeOf(importer, one.id, 'site')).toMatchObject({
      authorization: 'missing',
      connection: null,
      values: { limit: 4 },
    })
    const { db } = house.engine
    await until(
      async () =>
        (await db.select().from(schema.connections).where(eq(schema.connections.id, connection.id))).length === 0,
      'the connection is erased',
    )
    const events = await db
      .select({ type: schema.events.type })
      .from(schema.events)
      .where(and(eq(schema.events.connectionId, connection.id)))
      .orderBy(schema.events.ordinal)
    expect(events.map(({ type }) => type)).toEqual(['connection.created', 'connection.validated', 'connection.deleted'])
    expect(await room().document(importer, one.id)).toMatchObject({ text: ours })
  })
})

describe('a run of a node', () => {
  let id: string
  let ownId: string
  beforeAll(async () => {
    await disconnectAll()
    await connectSite(importer, 'site')
    await connect(house, importer, { dataSource: 'notes', apiKey: notesProvider.key })
    await connect(house, importer, { dataSource: 'drive', apiKey: driveProvider.key })
    id = (await imported(dify)).id
    ownId = (await imported(ours)).id
  })
  type NodeInput = Extract<RunInput, { pipelineId: string }>
  const start = (nodeId: string, more: Partial<NodeInput> = {}) =>
    house.engine.runs.create(importer, { pipelineId: id, nodeId, ...more })
  const parametersOf = async (nodeId: string, more: Partial<NodeInput> = {}) => (await start(nodeId, more)).parameters

  it('reads, and says whose it is; lists are filtered by it, also when the pipeline is gone', async () => {
    const gone = (await imported(dify)).id
    const made = await start('notion', { pipelineId: gone })
    expect(made).toMatchObject({ pipelineId: gone, nodeId: 'notion', dataSource: 'notes', operation: 'list_pages' })
    expect(await ended(house, importer, made.id)).toMatchObject({ status: 'completed', documentCount: 7 })
    const second = await start('drive', { pipelineId: gone })
    await room().delete(importer, gone)
    const list = async (filter: object) => (await house.engine.runs.list(importer, filter)).items.map((run) => run.id)
    expect(await list({ pipelineId: gone })).toEqual([second.id, made.id])
    expect(await list({ pipelineId: gone, nodeId: 'drive' })).toEqual([second.id])
    expect(await list({ pipelineId: 'pip_unknown' })).toEqual([])
    expect((await house.engine.runs.get(importer, made.id)).pipelineId).toBe(gone)
    const { items } = await house.engine.audit.list(house.owner, { limit: 100 })
    expect(items.find(({ subject }) => subject === made.id)?.data).toMatchObject({
      pipeline_id: gone,
      node_id: 'notion',
    })
    const direct = await house.engine.runs.create(importer, { dataSource: 'notes', operation: 'list_pages' })
    expect([direct.pipelineId, direct.nodeId]).toEqual([null, null])
  })

  it('fills texts and variables, with the defaults of the document and in the types of the data source', async () => {
    expect(await parametersOf(jina, { variables: { jina_url: 'https://acme.test' } })).toEqual({
      url: 'https://acme.test',
      limit: 10,
      crawl_sub_pages: true,
      use_sitemap: false,
    })
    const given = { jina_url: 'https://acme.test', jina_limit: 3, jina_sub_pages: false, chunk_size: 512, path: null }
    expect(await parametersOf(jina, { variables: given })).toMatchObject({ limit: 3, crawl_sub_pages: false })
    expect(await parametersOf(firecrawl, { variables: { about: 'a' } })).toEqual({
      url: 'https://docs.acme.test/start?q=a',
      crawl_sub_pages: true,
      use_sitemap: true,
      max_depth: 2,
      limit: 25,
      only_main_content: true,
    })
    const own = await start('site', { pipelineId: ownId, variables: { host: 'www', path: 'p' } })
    expect(own.parameters).toMatchObject({ url: 'https://www.acme.test/p', limit: 5, use_sitemap: false })
  })

  it('lets what was chosen go before the document, and what the caller names before both', async () => {
    const pipelineId = (await imported(dify)).id
    await room().update(importer, pipelineId, {
      nodes: [{ id: jina, parameters: { url: 'https://chosen.test', limit: 2 } }],
    })
    // A variable that is not needed any more is not asked for either.
    expect((await nodeOf(importer, pipelineId, jina)).variables).toEqual(['jina_sub_pages'])
    expect(await parametersOf(jina, { pipelineId })).toMatchObject({
      url: 'https://chosen.test',
      limit: 2,
      use_sitemap: false,
    })
    const named = { url: 'https://named.test', use_sitemap: true }
    expect(await parametersOf(jina, { pipelineId, parameters: named })).toMatchObject({ ...named, limit: 2 })
    await room().update(importer, pipelineId, { nodes: [{ id: jina, parameters: {} }] })
    expect((await nodeOf(importer, pipelineId, jina)).values).toEqual({})
  })

  it('gives an operation only what it takes', async () => {
    const pipelineId = (await imported(dify)).id
    await room().update(importer, pipelineId, { nodes: [{ id: 'notion', parameters: { query: 'plan' } }] })
    expect(await parametersOf('notion', { pipelineId })).toEqual({ query: 'plan' })
    const pages = { pages: [{ id: '1' }] }
    expect(await parametersOf('notion', { pipelineId, operation: 'read_pages', parameters: pages })).toEqual(pages)
    expect(await refusal(start('notion', { pipelineId, operation: 'crawl' }))).toBe('operation_not_supported')
    expect(await refusal(start('notion', { pipelineId, parameters: { depth: 1 } }))).toBe('invalid_parameters')
  })

  it.each<[string, string, Record<string, unknown>, { variable: string; label: string; message: string }[]]>([
    ['a required one that is missing', jina, {}, [{ variable: 'jina_url', label: 'URL', message: 'It is needed.' }]],
    ['an empty one', jina, { jina_url: '' }, [{ variable: 'jina_url', label: 'URL', message: 'It is needed.' }]],
    [
      'a number as a text',
      jina,
      { jina_url: 7 },
      [{ variable: 'jina_url', label: 'URL', message: 'It must be a text.' }],
    ],
    [
      'a text that is too long',
      jina,
      { jina_url: `https://${'a'.repeat(60)}.test` },
      [{ variable: 'jina_url', label: 'URL', message: 'It has at most 60 characters.' }],
    ],
    [
      'wrong types',
      jina,
      { jina_url: 'https://a.test', jina_limit: '3', jina_sub_pages: 'yes', chunk_size: null, extras: {} },
      [
        { variable: 'jina_limit', label: 'Limit', message: 'It must be a number.' },
        { variable: 'jina_sub_pages', label: 'Sub-pages', message: 'It must be true or false.' },
        { variable: 'extras', label: 'Extras', message: 'It must be a list of files.' },
      ],
    ],
    [
      'no option',
      firecrawl,
      { host: 'intranet', about: 'x'.repeat(21), picture: 'p', extras: [{}, {}, {}] },
      [
        { variable: 'host', label: 'Host', message: 'It is one of: docs, www.' },
        { variable: 'about', label: 'About', message: 'It has at most 20 characters.' },
        { variable: 'picture', label: 'Picture', message: 'It must be a file.' },
        { variable: 'extras', label: 'Extras', message: 'It has at most 2 files.' },
      ],
    ],
    [
      'one of another node, and of none',
      firecrawl,
      { jina_url: 'https://a.test', toString: 1 },
      [
        { variable: 'jina_url', label: 'jina_url', message: 'The node has no such variable.' },
        { variable: 'toString', label: 'toString', message: 'The node has no such variable.' },
      ],
    ],
  ])('refuses variables: %s', async (_, nodeId, variables, errors) => {
    const error = await caught(start(nodeId, { variables }))
    expect([error.code, error.details.errors]).toEqual(['invalid_variables', errors])
  })

  it('takes files as the orchestrator describes them', async () => {
    const variables = { picture: { id: 'x' }, extras: [{ id: 'x' }, { id: 'y' }] }
    expect(await refusal(start(firecrawl, { variables }))).toBeUndefined()
  })

  it('refuses what the data source refuses, and what the document cannot fill', async () => {
    const notUrl = await caught(start(jina, { variables: { jina_url: 'no address' } }))
    expect([notUrl.code, notUrl.details.errors]).toEqual([
      'invalid_parameters',
      [{ path: 'parameters.url', code: 'not_address', message: expect.stringContaining('web address') }],
    ])
    const pipelineId = (await imported(dify.replace('{{#rag.1750400203722.jina_url#}}', '{{#sys.user_id#}}'))).id
    const unfilled = await caught(start(jina, { pipelineId }))
    expect([unfilled.code, unfilled.details.errors]).toEqual([
      'invalid_parameters',
      [
        {
          path: 'parameters.url',
          message: 'The document fills url from the variable sys.user_id, which this node does not have.',
        },
      ],
    ])
    expect(await refusal(start(jina, { pipelineId, parameters: { url: 'https://a.test' } }))).toBeUndefined()
  })

  it('is of a node that there is, and that is for Wellhead to run', async () => {
    expect(await refusal(start('nothing'))).toBe('node_not_found')
    expect(await refusal(start('__proto__'))).toBe('node_not_found')
    expect(await refusal(start('chunk'))).toBe('node_not_runnable')
    expect(await refusal(start('files'))).toBe('node_not_runnable')
    expect(await refusal(start(jina, { pipelineId: 'pip_unknown' }))).toBe('pipeline_not_found')
  })

  it('is refused once its data source is not installed any more; the pipeline is still there', async () => {
    const registry = { get: () => undefined, all: () => [] }
    const engine = await house.another({ registry })
    const { nodes } = await engine.pipelines.get(importer, id)
    expect(nodes[0]).toMatchObject({ role: 'data_source', dataSource: null, kind: null, authorization: null })
    expect(nodes[0]?.warnings.map(({ code }) => code)).toEqual(['source_not_installed'])
    expect(await refusal(engine.runs.create(importer, { pipelineId: id, nodeId: jina }))).toBe('unknown_data_source')
    const patch = { nodes: [{ id: jina, parameters: {} }] }
    expect(await refusal(engine.pipelines.update(importer, id, patch))).toBe('unknown_data_source')
    expect((await engine.pipelines.document(importer, id)).text).toBe(dify)
  })
})

it('a workspace that goes takes its pipelines with it, and leaves those of others', async () => {
  const guest = await strangerOf(house, 'initech')
  const { id } = await room().create(guest, { document: ours })
  const { db } = house.engine
  await db.delete(schema.workspaces).where(eq(schema.workspaces.id, 'initech'))
  const left = await db
    .select({ id: schema.pipelines.id })
    .from(schema.pipelines)
    .where(inArray(schema.pipelines.id, [id]))
  expect(left).toEqual([])
})

it('0003: a process of the former version makes runs as before', async () => {
  const { db } = house.engine
  const connection = await connectSite(importer, 'former')
  await db.execute(sql`insert into runs (id, workspace_id, data_source, connection_id, requested_by, operation, parameters, status, deadline_at)
    values ('run_former', ${importer.workspaceId}, 'site', ${connection.id}, ${importer.userId}, 'crawl', '{}', 'queued', now() + interval '1 hour')`)
  expect(await house.engine.runs.get(importer, 'run_former')).toMatchObject({ pipelineId: null, nodeId: null })
})
