import { apiKey, defineDataSource } from '@wellhead/datasource-node'
import { crawl } from './crawl.ts'
import { toError } from './errors.ts'
import { icon } from './icon.ts'
import { identify } from './identify.ts'
import { parameters } from './parameters.ts'
import { baseUrlOf, pace, settings } from './settings.ts'

/** https://jina.ai/reader, https://r.jina.ai/docs */
export const jinaReader = defineDataSource({
  specVersion: 1,
  id: 'jina-reader',
  kind: 'website_crawl',
  name: 'Jina Reader',
  description: 'Pages of a web site as Markdown, read by Jina Reader.',
  icon,
  documentationUrl: 'https://jina.ai/reader',
  aliases: [
    'jina',
    'jinareader',
    'jina_datasource',
    'langgenius/jina_datasource',
    'langgenius/jinareader',
    'langgenius/jina',
  ],
  parameterAliases: { crawl_subpages: 'crawl_sub_pages' },
  endpoints: { api: 'https://r.jina.ai' },
  // A key of a self-hosted Reader is for that server alone.
  hosts: ({ endpoints, settings: given }) => [baseUrlOf(given) ?? endpoints.api],
  auth: [
    apiKey({
      label: 'API key',
      help: 'Sign in to Jina and copy a key from its API dashboard.',
      keyUrl: 'https://jina.ai/api-dashboard/key-manager',
      placeholder: 'jina_…',
    }),
  ],
  pace,
  settings,
  parameters,
  identify,
  toError,
  crawl,
})
