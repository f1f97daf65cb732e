import { loadDataSources } from '@wellhead/plugin-host'
import { expect, it } from 'vitest'
import handbook from './index.ts'

it.each(['./src/index.ts', '.'])('is loaded by the path %s, with endpoints from the configuration', async (path) => {
  const registry = await loadDataSources({
    builtin: {},
    plugins: [path],
    baseDir: `${import.meta.dirname}/..`,
    overrides: { handbook: { endpoints: { api: 'http://127.0.0.1:1/api' } } },
  })
  const hosted = registry.get('handbook')
  expect(hosted?.source.name).toBe(handbook.name)
  expect(hosted?.endpoints).toMatchObject({ api: 'http://127.0.0.1:1/api', token: handbook.endpoints.token })
})
