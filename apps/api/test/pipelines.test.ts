import type { createClient } from '@wellhead/client'
import { connection, pipeline, pipelineSummary, run } from '@wellhead/client/schema'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiHouse, openApiHouse } from './house.ts'

const scopes = [
  'connections:read',
  'connections:write',
  'pipelines:read',
  'pipelines:write',
  'runs:read',
  'runs:write',
] as const
const code = (wanted: string, more: object = {}) => expect.objectContaining({ code: wanted, ...more })

const yaml = `# Acme's handbook
kind: rag_pipeline
version: 0.1.0
rag_pipeline: { name: Handbook – all of it, icon: 📙 }   # the rest is the orchestrator's
workflow:
  rag_pipeline_variables:
    - { belong_to_node_id: '17', variable: depth, label: Depth, type: number, required: true, default_value: null, placeholder: '2' }
  graph:
    edges: [{ id: e, source: '17', target: base, sourceHandle: source, targetHandle: target }]
    viewport: { x: 0, y: 0, zoom: 1 }
    nodes:
      - { id: '17', position: { x: 1, y: 2 }, data: { type: datasource, title: Notes, provider_name: notes, datasource_parameters: { depth: { type: mixed, value: '{{#rag.17.depth#}}' } } } }
      - { id: base, data: { type: knowledge-index, title: Base } }
`
const ours = {
  format: 'wellhead.pipeline',
  version: 1,
  nodes: [{ id: 'notes', type: 'data_source', title: 'Notes', data_source: 'notes' }],
} as const

let house: ApiHouse
let client: ReturnType<typeof createClient>
beforeAll(async () => {
  house = await openApiHouse()
  client = await house.client(scopes)
})
afterAll(() => house?.[Symbol.asyncDispose]())

const send = async (method: string, path: string, body: string, contentType = 'application/json') =>
  fetch(house.url + path, {
    method,
    headers: { authorization: `Bearer ${await house.token(scopes)}`, 'content-type': contentType },
    body,
  })

describe('a pipeline', () => {
  it('is imported, shown, listed, changed, written out again and deleted', async () => {
    const made = await client.pipelines.create({ body: { document: yaml } })
    expect(pipeline.parse(made)).toEqual(made)
    expect(made).toMatchObject({
      name: 'Handbook – all of it',
      description: '',
      format: 'dify',
      created_by: house.owner.userId,
      edges: [{ id: 'e', source: '17', target: 'base', source_handle: 'source', target_handle: 'target' }],
      variables: [
        {
          node_id: '17',
          name: 'depth',
          label: 'Depth',
          type: 'number',
          required: true,
          default: null,
          placeholder: '2',
        },
      ],
      viewport: { x: 0, y: 0, zoom: 1 },
    })
    expect(made.nodes).toEqual([
      {
        id: '17',
        type: 'datasource',
        role: 'data_source',
        title: 'Notes',
        position: { x: 1, y: 2 },
        data_source: 'notes',
        data_source_name: 'notes',
        kind: 'online_document',
        parameters: [
          { name: 'depth', parameter: 'depth', value: { kind: 'text', parts: [{ node_id: '17', name: 'depth' }] } },
        ],
        values: {},
        variables: ['depth'],
        authorization: 'missing',
        needs_authorization: true,
        connection: null,
        warnings: [],
      },
      expect.objectContaining({
        id: 'base',
        role: 'orchestrator',
        authorization: null,
        needs_authorization: false,
        connection: null,
      }),
    ])

    const params = { id: made.id }
    const second = await client.pipelines.create({ body: { name: 'Ours', document: ours } })
    const first = await client.pipelines.list({ query: { limit: 1 } })
    expect(first.items.map((item) => pipelineSummary.parse(item))).toEqual(first.items)
    expect(first.items.map(({ id, name, format }) => [id, name, format])).toEqual([[second.id, 'Ours', 'wellhead']])
    const rest = await client.pipelines.list({ query: { cursor: first.next_cursor as string } })
    expect(rest.items).toEqual([
      expect.objectContaining({
        id: made.id,
        data_source_nodes: [
          {
            id: '17',
            title: 'Notes',
            data_source: 'notes',
            data_source_name: 'notes',
            authorization: 'missing',
            needs_authorization: true,
          },
        ],
      }),
    ])

    const { id: connectionId } = await client.connections.create({
      body: { data_source: 'notes', api_key: house.provider.key },
    })
    const changed = await client.pipelines.update({
      params,
      body: { name: 'Renamed', nodes: [{ id: '17', connection_id: connectionId, parameters: { depth: 3 } }] },
    })
    expect(changed).toMatchObject({
      name: 'Renamed',
      nodes: [
        {
          authorization: 'ready',
          needs_authorization: false,
          values: { depth: 3 },
          connection: { id: connectionId, status: 'active', chosen: true },
        },
        {},
      ],
    })
    expect(await client.pipelines.get({ params })).toEqual(changed)

    const used = await client.connections.get({ params: { id: connectionId } })
    expect(connection.parse(used)).toEqual(used)
    expect(used.pipelines).toEqual([{ id: made.id, name: 'Renamed', node_id: '17', node_title: 'Notes' }])

    const response = await client.pipelines.document(made.id)
    expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(yaml))).toBe(true)
    expect(response.headers.get('content-type')).toBe('application/yaml; charset=utf-8')
    expect(response.headers.get('content-disposition')).toContain('attachment; filename="Renamed.yml"')

    await client.connections.delete({ params: { id: connectionId } })
    expect((await client.pipelines.get({ params })).nodes[0]).toMatchObject({
      authorization: 'missing',
      connection: null,
    })

    const replaced = await client.pipelines.replaceDocument({ params, body: { document: ours } })
    expect(replaced).toMatchObject({
      id: made.id,
      name: 'Renamed',
      format: 'wellhead',
      nodes: [{ id: 'notes', values: {} }],
    })
    const json = await client.pipelines.document(made.id)
    expect(json.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await json.json()).toEqual(ours)

    await client.pipelines.delete({ params })
    for (const call of [
      () => client.pipelines.get({ params }),
      () => client.pipelines.document(made.id),
      () => client.pipelines.delete({ params }),
    ])
      await expect(call()).rejects.toEqual(code('pipeline_not_found', { status: 404 }))
  })

  it('is kept to the byte as JSON too, down to how a number is written', async () => {
    const text = ` ${JSON.stringify(ours).replace('1', '1.0e0')}\r\n`
    const { id } = await client.pipelines.create({ body: { document: text } })
    expect(await (await client.pipelines.document(id)).text()).toBe(text)
  })

  it('of a member is changed by him and by editors, and seen by all', async () => {
    const { browser: mine, actor } = await house.signedIn('member')
    const { browser: theirs } = await house.signedIn('member')
    const made = (await (await mine.json('POST', '/v1/pipelines', { document: ours })).json()) as {
      id: string
      created_by: string
    }
    expect(made.created_by).toBe(actor.userId)
    const path = `/v1/pipelines/${made.id}`
    expect((await theirs.get(path, { accept: 'application/json' })).status).toBe(200)
    for (const [method, target, body] of [
      ['PATCH', path, { name: 'x' }],
      ['PUT', `${path}/document`, { document: ours }],
      ['DELETE', path, undefined],
    ] as const) {
      const refused = await theirs.json(method, target, body)
      expect([refused.status, await refused.json()], method).toEqual([403, code('forbidden')])
    }
    expect((await mine.json('PATCH', path, { name: 'Mine' })).status).toBe(200)
    await client.pipelines.delete({ params: { id: made.id } })
  })
})

describe('a document that cannot be taken', () => {
  const create = (document: unknown) => client.pipelines.create({ body: { document } as never })

  it('is refused with what is wrong where', async () => {
    await expect(create({ ...ours, edges: [{ source: 'notes', target: 'x' }] })).rejects.toEqual(
      code('invalid_pipeline_document', {
        status: 422,
        message: 'edges.0.target: There is no node x.',
        details: { errors: [{ path: 'edges.0.target', message: 'There is no node x.' }] },
      }),
    )
    await expect(create('kind: [')).rejects.toEqual(code('invalid_pipeline_document'))
    await expect(create(yaml.replace('notes', 'acme'))).rejects.toEqual(
      code('unknown_data_source', { status: 422, details: { nodes: [{ id: '17', title: 'Notes', names: ['acme'] }] } }),
    )
    await expect(create(`# ${'x'.repeat(300_000)}`)).rejects.toEqual(
      code('invalid_pipeline_document', { message: 'A document has at most 256 KiB.' }),
    )
    await expect(create('x'.repeat(1_100_000))).rejects.toEqual(code('payload_too_large', { status: 413 }))
  })

  it('is refused as a request when it is none', async () => {
    for (const [body, path] of [
      ['{"document":7}', 'document'],
      ['{"document":""}', 'document'],
      ['{"document":[]}', 'document'],
      ['{"document":{},"name":""}', 'name'],
      ['{}', 'document'],
    ] as const) {
      const response = await send('POST', '/v1/pipelines', body)
      expect([response.status, await response.json()], body).toEqual([
        400,
        code('invalid_request', { errors: [expect.objectContaining({ path })] }),
      ])
    }
    const polluted = await send('POST', '/v1/pipelines', '{"document":{"__proto__":{"polluted":1}}}')
    expect([polluted.status, await polluted.json()]).toEqual([400, code('invalid_request')])
    const typed = await send('POST', '/v1/pipelines', yaml, 'application/yaml')
    expect([typed.status, await typed.json()]).toEqual([415, code('unsupported_media_type')])
    const { id } = await client.pipelines.create({ body: { document: ours } })
    for (const body of [
      '{}',
      '{"nodes":[]}',
      '{"nodes":[{"id":"notes"},{"id":"notes"}]}',
      '{"nodes":[{"id":"notes","x":1}]}',
    ])
      expect((await send('PATCH', `/v1/pipelines/${id}`, body)).status, body).toBe(400)
  })
})

describe('a run of a node', () => {
  let pipelineId: string
  beforeAll(async () => {
    pipelineId = (await client.pipelines.create({ body: { document: yaml } })).id
  })
  const start = (more: object) => client.runs.create({ body: { pipeline_id: pipelineId, node_id: '17', ...more } })

  it('reads with the connection of the caller, or says which is missing', async () => {
    await expect(start({ variables: { depth: 1 } })).rejects.toEqual(code('no_default_connection', { status: 409 }))
    const { id: connectionId } = await client.connections.create({
      body: { data_source: 'notes', api_key: house.provider.key },
    })
    const made = await start({ variables: { depth: 1 } })
    expect(run.parse(made)).toEqual(made)
    expect(made).toMatchObject({
      pipeline_id: pipelineId,
      node_id: '17',
      connection_id: connectionId,
      operation: 'list_pages',
    })
    const lines = await Array.fromAsync(client.runs.followDocuments(made.id))
    expect(lines.at(-1)).toMatchObject({ run: { status: 'completed', document_count: 3, pipeline_id: pipelineId } })
    const listed = async (query: object) => (await client.runs.list({ query })).items.map(({ id }) => id)
    expect(await listed({ pipeline_id: pipelineId, node_id: '17' })).toEqual([made.id])
    expect(await listed({ pipeline_id: 'pip_other' })).toEqual([])
    const read = await start({
      operation: 'read_pages',
      connection_id: connectionId,
      parameters: { pages: [{ id: '1' }] },
    })
    expect(read.parameters).toEqual({ pages: [{ id: '1' }] })
  })

  it('is refused with its own codes', async () => {
    await expect(start({ variables: { depth: 'deep' } })).rejects.toEqual(
      code('invalid_variables', {
        status: 422,
        message: 'Depth: It must be a number.',
        details: { errors: [{ variable: 'depth', label: 'Depth', message: 'It must be a number.' }] },
      }),
    )
    await expect(start({ node_id: 'x' })).rejects.toEqual(code('node_not_found', { status: 404 }))
    await expect(start({ node_id: 'base' })).rejects.toEqual(code('node_not_runnable', { status: 422 }))
    await expect(start({ pipeline_id: 'pip_x' })).rejects.toEqual(code('pipeline_not_found', { status: 404 }))
  })

  it('is a run of a data source or of a node, whole either way', async () => {
    for (const [body, errors] of [
      [{ pipeline_id: 'a' }, ['node_id']],
      [{ node_id: 'a' }, ['pipeline_id']],
      [{ data_source: 'notes' }, ['operation']],
      [{ data_source: 'notes', operation: 'list_pages', variables: {} }, ['variables']],
      [{ data_source: 'notes', operation: 'list_pages', node_id: 'a' }, ['node_id']],
      [{ data_source: 'notes', operation: 'fly' }, ['operation']],
    ] as const) {
      const response = await send('POST', '/v1/runs', JSON.stringify(body))
      const { errors: told } = (await response.json()) as { errors: { path: string }[] }
      expect([response.status, told.map(({ path }) => path)], JSON.stringify(body)).toEqual([400, errors])
    }
  })
})
