import { loadDataSources } from '@wellhead/plugin-host'
import { describe, expect, it } from 'vitest'
import { builtin } from '../src/index.ts'

const sources = (await loadDataSources({ builtin, plugins: [], baseDir: '.' })).all().map(({ source }) => source)
const named = (name: string) => sources.filter(({ id, aliases = [] }) => [id, ...aliases].includes(name))

describe('a pipeline exported elsewhere names providers by old ids (`notion`, `jina`) while plugins are called `notion_datasource`, `jinareader`', () => {
  it.each([
    ['notion', 'notion'],
    ['notion_datasource', 'notion'],
    ['langgenius/notion_datasource', 'notion'],
    ['jina', 'jina-reader'],
    ['jinareader', 'jina-reader'],
    ['jina_datasource', 'jina-reader'],
    ['firecrawl', 'firecrawl'],
    ['firecrawl_datasource', 'firecrawl'],
    ['google_drive', 'google-drive'],
    ['dropbox', 'dropbox'],
    ['dropbox_datasource', 'dropbox'],
    ['onedrive', 'onedrive'],
    ['onedrive_datasource', 'onedrive'],
  ])('%s is %s, and nothing else', (name, id) => {
    expect(named(name).map((source) => source.id)).toEqual([id])
  })
})

describe('a pipeline exported elsewhere names the parameters of a node as its plugin did', () => {
  it.each([
    ['jina', ['url', 'crawl_sub_pages', 'limit', 'use_sitemap']],
    ['jina', ['crawl_subpages']],
    [
      'firecrawl',
      ['url', 'crawl_subpages', 'exclude_paths', 'include_paths', 'max_depth', 'limit', 'only_main_content'],
    ],
    ['firecrawl', ['crawl_sub_pages']],
  ])('%s has %j', (name, parameters) => {
    const [source] = named(name)
    const known = [...Object.keys(source?.parameters.shape ?? {}), ...Object.keys(source?.parameterAliases ?? {})]
    expect(known).toEqual(expect.arrayContaining(parameters))
  })

  it('by another name to one that there is', () => {
    for (const { id, parameters, parameterAliases = {} } of sources)
      for (const [alias, parameter] of Object.entries(parameterAliases)) {
        expect(Object.keys(parameters.shape), id).toContain(parameter)
        expect(Object.keys(parameters.shape), id).not.toContain(alias)
      }
  })
})
