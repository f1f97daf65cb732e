import { type Account, type DataSourceContext, isDataSourceError } from '@wellhead/datasource-node'
import { apiBase, askIndex, readPage } from './api.ts'

/**
 * `GET /`, which costs nothing: a wrong key is refused with 401, and of a good one it says `authenticatedAs: "<user id> (<name>)"`. A read would
 * prove nothing by succeeding without one, and cost tokens.
 *
 * The vendor's public source no longer shows that field. Where it is missing a tiny read decides: a wrong key is refused although
 * none would do, so whatever comes after that judgement (a page, no balance, an unreachable page) means that the key is good. The account then
 * is "whatever the API key opens" on that host: an id made of the key would leak something of it and change with it.
 */
export async function identify(ctx: DataSourceContext): Promise<Account> {
  const { host } = new URL(apiBase(ctx))
  const who = await askIndex(ctx)
  if (who !== undefined) {
    const [, id = who, name = ''] = /^(\S+)\s+\((.*)\)$/s.exec(who) ?? []
    return { accountId: id, grantKey: id, name: name.trim() || id, avatarUrl: null }
  }
  await tryKey(ctx)
  const accountId = `api-key@${host}`
  const name = host === 'r.jina.ai' ? 'Jina Reader' : `Jina Reader (${host})`
  return { accountId, grantKey: accountId, name, avatarUrl: null }
}

/** @throws DataSourceError when the key is refused, or nothing can be told */
async function tryKey(ctx: DataSourceContext): Promise<void> {
  try {
    await readPage(ctx, 'https://example.com', { links: false })
  } catch (error) {
    const accepted = [402, 409, 422, 451]
    if (!isDataSourceError(error) || !accepted.includes(error.status ?? 0)) throw error
  }
}
