/** What holds of reading a document and of filling its parameters, whatever they are given. */
import { readFileSync } from 'node:fs'
import { apiKey, DataSourceError, defineDataSource } from '@wellhead/datasource-node'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { z } from 'zod'
import { EngineError } from '../errors.ts'
import type { DocumentModel } from './model.ts'
import { nodeView } from './node-view.ts'
import { fillParameters } from './parameters.ts'
import { readDocument } from './read-document.ts'

const runs = { numRuns: 300 }
const file = (name: string) => readFileSync(new URL(`../../test/pipeline-documents/${name}`, import.meta.url), 'utf8')
const files = [file('several-sources.yml'), file('site.json')]

/** Reads, or is refused by the one code; anything else fails the property. */
function read(given: Parameters<typeof readDocument>[0]) {
  try {
    return readDocument(given)
  } catch (error) {
    if (error instanceof EngineError && error.code === 'invalid_pipeline_document') return undefined
    throw error
  }
}

const name = fc.constantFrom('a', 'b', 'url', 'limit', 'constructor', 'toString', 'hasOwnProperty', '_1')
const free = fc.oneof(
  fc
    .jsonValue({ maxDepth: 3 })
    .filter((value) => !JSON.stringify(value).includes('"__proto__":'))
    // JSON and the database have one zero.
    .map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  fc.constantFrom(null, '', 0, -1, 1e21, 'rag', '__proto__', '{{#rag.a.url#}}', '{{url}}'),
)
const title = fc.string({ maxLength: 50 }).filter((text) => !text.includes('\0'))

/** `mostly`: what is asked for as it is, or at times anything in its place. */
type Mostly = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.Arbitrary<unknown>
const always: Mostly = (arbitrary) => arbitrary
const often: Mostly = (arbitrary) =>
  fc.oneof(
    { weight: 30, arbitrary },
    { weight: 1, arbitrary: fc.oneof(free, fc.constant(JSON.parse('{"__proto__":{"polluted":1}}'))) },
  )
const optional = (model: Record<string, fc.Arbitrary<unknown>>, ...requiredKeys: string[]) =>
  fc.record(model, { requiredKeys })
const listOf = (item: fc.Arbitrary<unknown>, id: string) =>
  fc.uniqueArray(item, { maxLength: 4, selector: (value) => String((value as Record<string, unknown> | null)?.[id]) })

/** Edges from each node to the next one. */
function chained(nodes: unknown): unknown {
  if (!Array.isArray(nodes)) return nodes
  return nodes.slice(1).map((node, index) => ({ source: nodes[index]?.id, target: node?.id }))
}

function ours(mostly: Mostly) {
  const parameter = fc.oneof(
    optional({ value: free }, 'value'),
    optional({ text: fc.constantFrom('{{a}}', 'x{{ url }}y', '{{', '}}') }, 'text'),
    optional({ variable: mostly(name) }, 'variable'),
  )
  const node = optional(
    {
      id: mostly(name),
      type: mostly(fc.constantFrom('data_source', 'local_file', 'tool')),
      data_source: mostly(name),
      title: mostly(title),
      position: mostly(optional({ x: fc.integer(), y: mostly(fc.integer()) }, 'x', 'y')),
      parameters: mostly(fc.dictionary(name, mostly(parameter))),
      other: free,
    },
    'id',
    'type',
    'data_source',
  )
  const variable = optional(
    {
      name: mostly(name),
      node: mostly(name),
      type: mostly(fc.constantFrom('text', 'number', 'checkbox', 'select', 'file', 'file_list')),
      required: mostly(fc.boolean()),
      default: free,
      max_length: mostly(fc.integer({ min: 1, max: 5 })),
      options: mostly(fc.array(title)),
    },
    'name',
    'type',
  )
  return fc
    .record({
      format: mostly(fc.constant('wellhead.pipeline')),
      version: mostly(fc.constant(1)),
      nodes: mostly(listOf(mostly(node), 'id').filter((nodes) => nodes.length > 0)),
      variables: mostly(listOf(mostly(variable), 'name')),
      other: free,
    })
    .map((document) => ({ ...document, edges: chained(document.nodes) }))
}

function dify(mostly: Mostly) {
  const value = fc.constantFrom<unknown>('{{#rag.a.url#}}', 'x{{#rag.shared.limit#}}', '', null)
  const parameter = fc.oneof(
    optional({ type: mostly(fc.constant('mixed')), value: mostly(value) }, 'type'),
    optional(
      { type: mostly(fc.constant('variable')), value: mostly(fc.constantFrom(['rag', 'a', 'url'], [])) },
      'type',
    ),
    optional({ type: mostly(fc.constantFrom('constant', null)), value: free }),
  )
  const data = optional(
    {
      type: mostly(fc.constantFrom('datasource', 'tool', '')),
      title: mostly(title),
      plugin_id: mostly(name),
      provider_name: mostly(name),
      provider_type: mostly(fc.constantFrom('website_crawl', 'local_file', 'online_drive')),
      datasource_parameters: mostly(fc.dictionary(name, mostly(parameter))),
    },
    'plugin_id',
  )
  const node = optional({ id: mostly(fc.oneof(name, fc.integer())), data: mostly(data), other: free }, 'id', 'data')
  const variable = optional(
    {
      belong_to_node_id: mostly(fc.oneof(name, fc.constant('shared'))),
      variable: mostly(name),
      label: mostly(title),
      type: mostly(fc.constantFrom('text-input', 'paragraph', 'number', 'checkbox', 'select', 'file', 'file-list')),
      required: mostly(fc.boolean()),
      default_value: free,
      max_length: mostly(fc.integer()),
      options: mostly(fc.array(title)),
    },
    'belong_to_node_id',
    'variable',
    'type',
  )
  return fc
    .record({
      kind: mostly(fc.constant('rag_pipeline')),
      version: mostly(fc.constantFrom('0.1.0', '0.2', 0)),
      about: mostly(optional({ name: mostly(title), description: mostly(title) })),
      variables: mostly(listOf(mostly(variable), 'variable')),
      nodes: mostly(listOf(mostly(node), 'id').filter((nodes) => nodes.length > 0)),
      other: free,
    })
    .map(({ about, variables, nodes, ...document }) => ({
      ...document,
      rag_pipeline: about,
      workflow: { rag_pipeline_variables: variables, graph: { nodes, edges: chained(nodes) } },
    }))
}

/** A good document with some of its text taken out, doubled or replaced. */
const broken = fc
  .record({
    text: fc.constantFrom(...files),
    cuts: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        length: fc.integer({ min: 0, max: 40 }),
        put: fc.oneof(
          fc.string(),
          fc.constantFrom(
            '{',
            '}',
            '[',
            ']',
            '- ',
            '? ',
            ': ',
            '&a ',
            '*a ',
            '!!set ',
            '\n',
            '\t',
            '"',
            "'",
            '|',
            '>',
            '---\n',
            '%YAML 1.1\n',
          ),
        ),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ text, cuts }) =>
    cuts.reduce((sofar, { at, length, put }) => {
      const from = Math.floor(at * sofar.length)
      return sofar.slice(0, from) + put + sofar.slice(from + length)
    }, text),
  )

const form = defineDataSource({
  specVersion: 1,
  id: 'form',
  name: 'Form',
  description: 'For tests.',
  icon: '<svg xmlns="http://www.w3.org/2000/svg"/>',
  kind: 'website_crawl',
  documentationUrl: 'https://form.example',
  endpoints: { api: 'https://form.example' },
  auth: [apiKey({ label: 'Key', help: 'Ask.', keyUrl: 'https://form.example', placeholder: '' })],
  parameters: z.object({ url: z.string(), limit: z.int().optional(), a: z.boolean().optional() }),
  parameterAliases: { b: 'a' },
  identify: async () => ({ accountId: '', grantKey: '', name: '', avatarUrl: null }),
  toError: () => new DataSourceError('not_found', ''),
  async *crawl() {},
})
const registry = {
  get: () => ({ source: form, endpoints: form.endpoints, from: 'test', sandbox: false }),
  all: () => [],
}
const given = fc.dictionary(name, free)

/** Shown and filled by whatever is given: refused by the two codes, or parameters that the data source has. */
function use(model: DocumentModel, chosen: Record<string, unknown>, variables: Record<string, unknown>): void {
  for (const node of model.nodes) {
    nodeView(registry, node, model.variables, { connectionId: null, parameters: chosen }, [])
    try {
      const filled = fillParameters(form, node, {
        accepted: ['url', 'limit', 'a'],
        chosen,
        named: {},
        declared: model.variables,
        variables,
      })
      expect(['url', 'limit', 'a']).toEqual(expect.arrayContaining(Object.keys(filled)))
    } catch (error) {
      if (!(error instanceof EngineError)) throw error
      expect(['invalid_variables', 'invalid_parameters']).toContain(error.code)
    }
  }
}

const asText = fc.constantFrom(
  (value: unknown) => JSON.stringify(value),
  (value: unknown) => JSON.stringify(value, null, 2),
  (value: unknown) => stringify(value),
)

describe.each([
  ['ours', ours],
  ['Dify', dify],
] as const)('a document of %s', (_, documents) => {
  it('that is good is kept to the byte', () => {
    fc.assert(
      fc.property(documents(always), asText, (value, write) => {
        const text = write(value)
        const { text: kept, model } = readDocument(text)
        expect(kept).toBe(text)
        // As the database keeps it.
        expect(JSON.parse(JSON.stringify(model))).toEqual(model)
      }),
      runs,
    )
  })

  it('that may not be is kept to the byte, or refused by its one code', () => {
    fc.assert(
      fc.property(documents(often), asText, (value, write) => {
        const text = write(value)
        expect([text, undefined]).toContain(read(text)?.text)
      }),
      runs,
    )
  })

  it('given as an object has the same content when it is written out', () => {
    fc.assert(
      fc.property(documents(always), (value) => {
        const sent = JSON.parse(JSON.stringify(value))
        expect(JSON.parse(readDocument(sent).text)).toEqual(sent)
      }),
      runs,
    )
  })

  it('is shown and filled, or refused, whatever is given for it', () => {
    fc.assert(
      fc.property(documents(often), given, given, (value, chosen, variables) => {
        const known = read(JSON.stringify(value))
        if (known) use(known.model, chosen, variables)
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
      }),
      runs,
    )
  })
})

describe('any text', () => {
  it('is read and kept to the byte, or refused by its one code', () => {
    fc.assert(
      fc.property(fc.oneof(broken, fc.string(), fc.string({ unit: 'binary' })), (text) => {
        expect([text, undefined]).toContain(read(text)?.text)
      }),
      runs,
    )
  })
})
