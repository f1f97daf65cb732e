import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { EngineError } from '../errors.ts'
import type { Fault } from '../faults.ts'
import { readDocument } from './read-document.ts'

const file = (name: string) => readFileSync(new URL(`../../test/pipeline-documents/${name}`, import.meta.url), 'utf8')

/** What is wrong, as `path: message`; none when it is read. */
function faultsOf(given: Parameters<typeof readDocument>[0]): string[] {
  try {
    readDocument(given)
    return []
  } catch (error) {
    expect(error).toBeInstanceOf(EngineError)
    expect((error as EngineError).code).toBe('invalid_pipeline_document')
    return ((error as EngineError).details.errors as Fault[]).map(({ path, message }) => `${path}: ${message}`)
  }
}

describe('a Dify document', () => {
  const { model, format, mediaType, text } = readDocument(file('several-sources.yml'))
  const node = (id: string) => model.nodes.find((each) => each.id === id)

  it('is kept as it came', () => {
    expect({ format, mediaType }).toEqual({ format: 'dify', mediaType: 'application/yaml' })
    expect(text).toBe(file('several-sources.yml'))
  })

  it('has a name, nodes of three roles, edges and a viewport', () => {
    expect(model).toMatchObject({
      name: 'Acme handbook',
      description: 'Pages, sites & files — für alle',
      viewport: { x: -12.5, y: 8, zoom: 0.75 },
    })
    expect(model.nodes.map(({ id, role, type, title }) => [id, role, type, title])).toEqual([
      ['1750400203722', 'data_source', 'datasource', 'Web site (Jina)'],
      ['1750400203723', 'data_source', 'datasource', 'Web site (Firecrawl)'],
      ['notion', 'data_source', 'datasource', 'Notion'],
      ['drive', 'data_source', 'datasource', 'Drive'],
      ['files', 'local_file', 'datasource', 'File'],
      ['extract', 'orchestrator', 'document-extractor', 'Extract'],
      ['aggregate', 'orchestrator', 'variable-aggregator', 'Aggregate'],
      ['decide', 'orchestrator', 'if-else', 'Decide'],
      ['code', 'orchestrator', 'code', 'Code'],
      ['chunk', 'orchestrator', 'tool', 'Chunk'],
      ['base', 'orchestrator', 'knowledge-index', 'Knowledge base'],
      ['1752565402678', 'orchestrator', 'custom-note', 'custom-note'],
    ])
    expect(node('1750400203722')).toMatchObject({
      position: { x: 80, y: 282 },
      sourceNames: ['langgenius/jina_datasource', 'jinareader'],
      declaredKind: 'website_crawl',
    })
    expect(node('drive')?.position).toBeNull()
    expect(model.edges[0]).toEqual({
      id: '1750400203722-source-aggregate-target',
      source: '1750400203722',
      target: 'aggregate',
      sourceHandle: 'source',
      targetHandle: 'target',
    })
    expect(model.edges).toHaveLength(10)
  })

  it('has parameters that are constants, texts with variables, or variables', () => {
    expect(node('1750400203722')?.parameters).toEqual([
      { name: 'url', value: { kind: 'text', parts: [{ nodeId: '1750400203722', name: 'jina_url' }] } },
      { name: 'limit', value: { kind: 'variable', variable: { nodeId: '1750400203722', name: 'jina_limit' } } },
      {
        name: 'crawl_sub_pages',
        value: { kind: 'text', parts: [{ nodeId: '1750400203722', name: 'jina_sub_pages' }] },
      },
      { name: 'use_sitemap', value: { kind: 'constant', value: 'false' } },
    ])
    const [url, ...others] = node('1750400203723')?.parameters ?? []
    expect(url?.value).toEqual({
      kind: 'text',
      parts: [
        'https://',
        { nodeId: '1750400203723', name: 'host' },
        '.acme.test/',
        { nodeId: null, name: 'path' },
        '?q=',
        { nodeId: '1750400203723', name: 'about' },
      ],
    })
    expect(others.map(({ name, value }) => [name, value.kind])).toEqual([
      ['crawl_subpages', 'constant'],
      ['exclude_paths', 'text'],
      ['include_paths', 'unset'],
      ['max_depth', 'constant'],
      ['limit', 'constant'],
      ['only_main_content', 'constant'],
      ['proxy', 'constant'],
    ])
  })

  it('has variables of every type', () => {
    expect(model.variables.map(({ nodeId, name, type }) => [nodeId, name, type])).toEqual([
      ['1750400203722', 'jina_url', 'text'],
      ['1750400203722', 'jina_limit', 'number'],
      ['1750400203722', 'jina_sub_pages', 'checkbox'],
      ['1750400203723', 'host', 'select'],
      ['1750400203723', 'about', 'paragraph'],
      ['1750400203723', 'picture', 'file'],
      [null, 'path', 'text'],
      [null, 'extras', 'file_list'],
      [null, 'chunk_size', 'number'],
    ])
    expect(model.variables[0]).toEqual({
      nodeId: '1750400203722',
      name: 'jina_url',
      label: 'URL',
      type: 'text',
      required: true,
      default: null,
      maxLength: 60,
      options: [],
      placeholder: 'https://acme.test',
      help: 'Where to begin.',
      unit: null,
    })
    // A number that a form kept as a text.
    expect(model.variables[1]).toMatchObject({ default: 10, maxLength: null, unit: 'pages' })
  })
})

describe('our own document', () => {
  it('is read, and kept as it came', () => {
    const { model, ...read } = readDocument(file('site.json'))
    expect(read).toEqual({ format: 'wellhead', mediaType: 'application/json', text: file('site.json') })
    expect(model.nodes[0]).toEqual({
      id: 'site',
      type: 'data_source',
      role: 'data_source',
      title: 'The site',
      position: { x: 0, y: 0 },
      sourceNames: ['site'],
      declaredKind: null,
      parameters: [
        {
          name: 'url',
          value: {
            kind: 'text',
            parts: ['https://', { nodeId: 'site', name: 'host' }, '.acme.test/', { nodeId: null, name: 'path' }],
          },
        },
        { name: 'limit', value: { kind: 'variable', variable: { nodeId: 'site', name: 'limit' } } },
        { name: 'use_sitemap', value: { kind: 'constant', value: false } },
      ],
    })
    expect(model.nodes.slice(1).map(({ role, title }) => [role, title])).toEqual([
      ['local_file', 'local_file'],
      ['orchestrator', 'Split'],
    ])
    expect(model.edges.map(({ id, targetHandle }) => [id, targetHandle])).toEqual([
      ['edge-1', null],
      ['second', 'in'],
    ])
    expect(model.variables[1]).toMatchObject({ nodeId: null, name: 'path', default: 'start', maxLength: 10 })
  })

  it('may be given as an object, or as YAML', () => {
    const value = JSON.parse(file('site.json'))
    const asObject = readDocument(value)
    expect(JSON.parse(asObject.text)).toEqual(value)
    expect(asObject.model).toEqual(readDocument(file('site.json')).model)
    const yaml = 'format: wellhead.pipeline\nversion: 1 # the first\nnodes: [{ id: a, type: split }]\n'
    expect(readDocument(yaml)).toMatchObject({ mediaType: 'application/yaml', text: yaml, format: 'wellhead' })
  })
})

const ours = (more: object = {}) => ({
  format: 'wellhead.pipeline',
  version: 1,
  nodes: [{ id: 'a', type: 'data_source', data_source: 'site' }],
  ...more,
})
const node = (id: string, more: object = {}) => ({ id, type: 'split', ...more })
const dify = (data: string, more = '') => `kind: rag_pipeline
workflow:
  graph:
    nodes:
      - { id: a, data: ${data} }
${more}`

describe('what is not a pipeline document is refused', () => {
  it.each<[string, Parameters<typeof readDocument>[0], string[]]>([
    [
      'nothing',
      '',
      [': This is no pipeline document: neither `format: wellhead.pipeline` nor `kind: rag_pipeline` is in it.'],
    ],
    [
      'a list',
      '- a',
      [': This is no pipeline document: neither `format: wellhead.pipeline` nor `kind: rag_pipeline` is in it.'],
    ],
    [
      'a text',
      'hello',
      [': This is no pipeline document: neither `format: wellhead.pipeline` nor `kind: rag_pipeline` is in it.'],
    ],
    [
      'another JSON',
      '{"a":1}',
      [': This is no pipeline document: neither `format: wellhead.pipeline` nor `kind: rag_pipeline` is in it.'],
    ],
    ['another format', ours({ format: 'other' }), ['format: This must be wellhead.pipeline.']],
    ['a later version of ours', ours({ version: 2 }), ['version: This must be 1.']],
    [
      'another kind',
      'kind: app\nworkflow: {}',
      ['kind: Only pipelines can be imported: kind must be rag_pipeline.', 'workflow.graph: This is needed.'],
    ],
    [
      'a later version of Dify',
      `version: 1.0.0\n${dify('{ type: tool }')}`,
      ['version: Only documents of version 0 are known.'],
    ],
    ['no nodes', ours({ nodes: [] }), ['nodes: This must have at least 1 entry.']],
    [
      'a node that names no source',
      ours({ nodes: [{ id: 'a', type: 'data_source' }] }),
      ['nodes.0.data_source: A data-source node names its data source.'],
    ],
    [
      'a Dify node that names no source',
      dify('{ type: datasource }'),
      ['workflow.graph.nodes.0.data.plugin_id: A data-source node names its data source: plugin_id or provider_name.'],
    ],
    [
      'two nodes of one id',
      ours({ nodes: [node('a'), node('b'), node('a')] }),
      ['nodes.2.id: Another node has the id a too.'],
    ],
    [
      'two edges of one id',
      ours({
        nodes: [node('a'), node('b')],
        edges: [
          { id: 'e', source: 'a', target: 'b' },
          { id: 'e', source: 'a', target: 'b' },
        ],
      }),
      ['edges.1.id: Another edge has the id e too.'],
    ],
    [
      'two variables of one name',
      ours({
        variables: [
          { name: 'x', type: 'text' },
          { name: 'x', node: 'a', type: 'text' },
          { name: 'x', type: 'number' },
        ],
      }),
      ['variables.2: Another variable of the same node is named x too.'],
    ],
    ['an edge to nothing', ours({ edges: [{ source: 'a', target: 'b' }] }), ['edges.0.target: There is no node b.']],
    [
      'an edge from nothing',
      dify('{ type: tool }', '    edges: [{ source: b, target: a }]'),
      ['workflow.graph.edges.0.source: There is no node b.'],
    ],
    [
      'a circle',
      ours({
        nodes: ['a', 'b', 'c', 'd'].map((id) => node(id)),
        edges: [
          ['d', 'a'],
          ['a', 'b'],
          ['b', 'c'],
          ['c', 'a'],
          ['c', 'd'],
        ].map(([source, target]) => ({ source, target })),
      }),
      ['edges: Edges go round in a circle: b, c, d, a.'],
    ],
    ['a circle of one', ours({ edges: [{ source: 'a', target: 'a' }] }), ['edges: Edges go round in a circle: a.']],
    [
      'wrong types',
      ours({ nodes: [node('a', { position: 'left' }), node('b', { title: 7 })], edges: {}, viewport: [] }),
      [
        'nodes.0.position: This must be an object.',
        'nodes.1.title: This must be text.',
        'edges: This must be a list.',
        'viewport: This must be an object.',
      ],
    ],
    [
      'a parameter that is none of the three',
      ours({ nodes: [{ id: 'a', type: 'data_source', data_source: 'site', parameters: { url: { varable: 'x' } } }] }),
      ['nodes.0.parameters.url: Give a `value`, a `text` or a `variable`.'],
    ],
    [
      'an unknown type of variable',
      ours({ variables: [{ name: 'x', type: 'colour' }] }),
      ['variables.0.type: This must be one of: text, paragraph, number, checkbox, select, file, file_list.'],
    ],
    [
      'wrong types in Dify',
      dify(
        '{ type: datasource, provider_name: x, datasource_parameters: { a: { type: mixed, value: [1] }, b: { type: variable, value: x } } }',
      ),
      [
        'workflow.graph.nodes.0.data.datasource_parameters.a: A mixed value is a text.',
        'workflow.graph.nodes.0.data.datasource_parameters.b: A variable is named by a list: rag, the node, the variable.',
      ],
    ],
    [
      'an id that is too long',
      ours({ nodes: [node('a'.repeat(101))] }),
      ['nodes.0.id: This must have at most 100 characters.'],
    ],
  ])('%s', (_, given, faults) => {
    expect(faultsOf(given)).toEqual(faults)
  })

  it.each<[string, string, string]>([
    ['a key that stands twice', 'kind: a\nkind: b', ': Line 2, column 1: The key kind stands twice.'],
    [
      'broken YAML',
      'kind: [a',
      ': Line 1, column 9: Flow sequence in block collection must be sufficiently indented and end with a ].',
    ],
    ['broken JSON', '{"format": "wellhead.pipeline",, }', ': Line 1, column 32: Unexpected , in flow map.'],
    ['two documents', 'kind: a\n---\nkind: b', ': Line 2, column 1: Another document begins here.'],
    ['a key that is no text', '? [a]\n: 1', ': Line 1, column 3: With stringKeys, all keys must be strings.'],
    [
      'a tag that makes something else',
      'kind: !!python/object:os.system x',
      ': Line 1, column 7: Unresolved tag: tag:yaml.org,2002:python/object:os.system.',
    ],
    ['an alias to nothing', 'kind: *a', ': Unresolved alias (the anchor must be set before the alias): a.'],
    [
      'dates and bytes',
      '%YAML 1.1\n---\nkind: !!binary aGVsbG8=',
      'kind: Only texts, numbers, booleans, lists and maps are expected here.',
    ],
    ['a number without end', 'kind: .inf', 'kind: The number is not finite.'],
    ['a raw NUL', 'kind: "a\0b"', ': The document is not well-formed text.'],
    ['half a character', 'kind: "\ud800"', ': The document is not well-formed text.'],
    ['a written NUL', '{"format":"\\u0000"}', 'format: The text has a character that cannot be kept.'],
    ['half a character, written', '{"format":"\\ud800"}', 'format: The text has a character that cannot be kept.'],
    [
      'a key that reaches the prototype',
      '{"format":"wellhead.pipeline","a":{"__proto__":{"polluted":1}}}',
      'a: The key is not one that can be used.',
    ],
    ['the same in YAML', 'kind: rag_pipeline\n__proto__: { polluted: 1 }', ': The key is not one that can be used.'],
    ['something too large', `kind: "${'a'.repeat(256 * 1024)}"`, ': A document has at most 256 KiB.'],
    ['something that repeats itself', 'kind: &a [*a]', ': It is nested more than 64 deep.'],
    ['lists in lists', `kind: ${'['.repeat(65)}`, ': It is nested more than 64 deep.'],
    ['lists in lists, in lines', `kind:\n${'- '.repeat(129)}`, ': It is nested more than 64 deep.'],
    [
      'lists in lists in JSON',
      `{"kind":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      ': It is nested more than 64 deep.',
    ],
    [
      'maps in maps',
      `${Array.from({ length: 70 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')} 1`,
      ': It is nested more than 64 deep.',
    ],
    ['many values', `{"kind":[${'1,'.repeat(120_000)}1]}`, ': The document has too many values.'],
    ['many parts', `kind: [${'a,'.repeat(120_000)}a]`, ': The document has too many parts.'],
    ['many anchors', `kind:\n${'- &a x\n'.repeat(1_001)}`, ': The document has too many anchors.'],
    ['many lines of nothing', `kind:${'\n'.repeat(200_000)}`, ': The document has too many parts.'],
  ])('%s', (_, text, fault) => {
    const begun = performance.now()
    expect(faultsOf(text)[0]).toBe(fault)
    // Seconds would be enough to keep everybody else waiting.
    expect(performance.now() - begun).toBeLessThan(4_000)
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  it('aliases of aliases', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
    for (let level = 1; level < 12; level++)
      lines.push(
        `a${level}: &a${level} [${Array(9)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      )
    expect(faultsOf(lines.join('\n'))).toEqual([': Aliases repeat too much of it.'])
  })

  it('an object of any depth', () => {
    let deep: Record<string, unknown> = {}
    for (let depth = 0; depth < 100_000; depth++) deep = { deep }
    expect(faultsOf({ format: 'wellhead.pipeline', deep })).toEqual([': It is nested more than 64 deep.'])
  })

  it('with at most fifty of its faults', () => {
    expect(faultsOf(ours({ edges: Array.from({ length: 99 }, () => ({ source: 'a', target: 'b' })) }))).toHaveLength(50)
  })
})

it('what else a document has is left alone, names of built-in properties too', () => {
  const { model } = readDocument(
    ours({
      constructor: { name: 'x' },
      nodes: [
        {
          id: 'constructor',
          type: 'data_source',
          data_source: 'toString',
          parameters: { hasOwnProperty: { text: '{{valueOf}}' } },
        },
      ],
      variables: [{ name: 'valueOf', node: 'constructor', type: 'text' }],
    }),
  )
  expect(model.nodes[0]?.parameters).toEqual([
    { name: 'hasOwnProperty', value: { kind: 'text', parts: [{ nodeId: 'constructor', name: 'valueOf' }] } },
  ])
})

it('anchors are followed, as exporters write what they meet twice', () => {
  const { model } = readDocument(
    dify(
      '{ type: tool, position: &p { x: 1, y: 2 } }',
      `      - { id: b, position: &q { x: 1, y: 2 }, data: { type: tool } }
      - { id: c, position: *q, data: { type: tool } }`,
    ),
  )
  expect(model.nodes.map(({ position }) => position)).toEqual([null, { x: 1, y: 2 }, { x: 1, y: 2 }])
})

it('a selector of the orchestrator names no variable of the document', () => {
  const { model } = readDocument(
    dify(
      "{ type: datasource, provider_name: x, datasource_parameters: { url: { type: mixed, value: 'a{{#sys.user_id#}}' }, limit: { type: variable, value: [] } } }",
    ),
  )
  expect(model.nodes[0]?.parameters.map(({ value }) => value)).toEqual([
    { kind: 'text', parts: ['a', { nodeId: null, name: 'sys.user_id' }] },
    { kind: 'unset' },
  ])
})
