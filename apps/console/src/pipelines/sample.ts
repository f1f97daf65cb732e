import type { DataSource, PipelineDocument } from '@wellhead/client'
import { urlParameters } from '../data-sources/url-parameters.ts'

/** The texts of the sample: `pipelines.sample`. */
export interface SampleWords {
  readonly name: string
  readonly description: string
  readonly chunk: string
  readonly index: string
  readonly url: string
  readonly urlHelp: string
}

const kinds = ['online_document', 'website_crawl'] as const
const COLUMN = 320
const ROW = 148

/** Our own document of a small pipeline that reads from what is installed here; where the sandbox stands in for a source, from that. */
export function sampleDocument(sources: readonly DataSource[], words: SampleWords): PipelineDocument | null {
  const chosen = kinds
    .map((kind) => sources.filter((source) => source.kind === kind))
    .flatMap((found) => found.find(({ sandbox }) => sandbox) ?? found[0] ?? [])
  const used = chosen.length > 0 ? chosen : sources.slice(0, 1)
  if (used.length === 0) return null
  const middle = ((used.length - 1) * ROW) / 2
  const asked = used.flatMap((source) => urlParameters(source).map((parameter) => ({ source, parameter })))
  return {
    format: 'wellhead.pipeline',
    version: 1,
    name: words.name,
    description: words.description,
    nodes: [
      ...used.map((source, row) => ({
        id: source.id,
        type: 'data_source',
        title: source.name,
        position: { x: 0, y: row * ROW },
        data_source: source.id,
        parameters: Object.fromEntries(urlParameters(source).map((name) => [name, { variable: name }])),
      })),
      { id: 'chunk', type: 'chunker', title: words.chunk, position: { x: COLUMN, y: middle } },
      { id: 'index', type: 'knowledge-index', title: words.index, position: { x: 2 * COLUMN, y: middle } },
    ],
    edges: [...used.map(({ id }) => ({ source: id, target: 'chunk' })), { source: 'chunk', target: 'index' }],
    variables: asked.map(({ source, parameter }) => ({
      name: parameter,
      node: source.id,
      type: 'text',
      label: words.url,
      help: words.urlHelp,
      placeholder: 'https://',
      ...(source.sandbox_pages?.site_url ? { default: source.sandbox_pages.site_url } : {}),
      required: true,
    })),
  }
}
