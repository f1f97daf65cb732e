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
