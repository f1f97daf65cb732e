/** A plugin as its author would publish it: JavaScript below node_modules, where Node strips no types. */
export const pluginSource = `
import { apiKey, DataSourceError, defineDataSource, isDataSourceError, SPEC_VERSION } from '@wellhead/datasource-node'
import { z } from 'zod'

export default defineDataSource({
  specVersion: SPEC_VERSION,
  id: 'tiny',
  name: 'Tiny',
  description: 'One page.',
  icon: '<svg xmlns="http://www.w3.org/2000/svg"/>',
  documentationUrl: 'https://tiny.example/docs',
  kind: 'online_document',
  endpoints: { api: 'https://api.tiny.example' },
  auth: [apiKey({ label: 'Key', help: 'In the settings.', keyUrl: 'https://tiny.example/keys', placeholder: 'tiny_…' })],
  parameters: z.object({ limit: z.number().int().default(3) }),
  identify: async () => ({ accountId: 'a', grantKey: 'a', name: 'A', avatarUrl: null }),
  toError: () => new DataSourceError('provider_unavailable', 'down'),
  listPages: async () => ({ pages: [], nextCursor: null }),
  readPage: async (_ctx, { id }) => {
    throw new DataSourceError('not_found', 'no page ' + id)
  },
})
export { isDataSourceError }
`

export const consumer = `
import plugin, { isDataSourceError } from 'tiny-plugin'
const { limit } = plugin.parameters.parse({})
const error = await plugin.readPage({}, { id: '7' }).catch((thrown) => thrown)
console.log(JSON.stringify({ node: process.versions.node, id: plugin.id, limit, method: plugin.auth[0].method, known: isDataSourceError(error), code: error.code }))
`

/** The same author writing TypeScript, against the published types. */
export const typedSource = `
import { type OnlineDocumentSource, DataSourceError, type PageListing } from '@wellhead/datasource-node'

export const list: OnlineDocumentSource['listPages'] = async (ctx, { cursor }): Promise<PageListing> => {
  const answer: Response = await ctx.fetch(ctx.endpoint('api') + '/pages?after=' + (cursor ?? ''))
  if (!answer.ok) throw new DataSourceError('provider_unavailable', 'down')
  return { pages: [], nextCursor: null }
}
// @ts-expect-error not one of the codes
export const wrong = () => new DataSourceError('no_such_code', 'x')
`
