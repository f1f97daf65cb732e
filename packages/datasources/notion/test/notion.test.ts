import { loadDataSources } from '@wellhead/plugin-host'
import { expect, it } from 'vitest'
import { notion } from '../src/index.ts'

it('is a data source that the host accepts', async () => {
  const registry = await loadDataSources({
    builtin: { notion: () => import('../src/index.ts') },
    plugins: [],
    baseDir: import.meta.dirname,
  })
  expect(registry.get('notion')?.source).toBe(notion)
})

it('authorizes as Notion documents it', () => {
  const [key, oauth] = notion.auth
  expect(key.placement).toEqual({ header: 'authorization', scheme: 'Bearer' })
  expect(oauth).toMatchObject({
    scopes: [],
    clientAuth: 'basic',
    tokenRequestFormat: 'json',
    tokenRequestHeaders: { 'notion-version': '2026-03-11' },
    authorizeParams: { owner: 'user' },
    pkce: false,
    rotation: 'rotates',
    replay: { kind: 'unknown' },
    revoke: { token: 'access_token', format: 'json', auth: 'client' },
    introspect: { format: 'json' },
  })
  // Undocumented, so never assumed; the keep-alive stands in for it.
  expect(oauth).not.toHaveProperty('assumedLifetimeSeconds')
  expect(oauth.keepAliveSeconds).toBe(604_800)
})
