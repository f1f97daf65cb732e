import { type Account, type DataSourceContext, isDataSourceError } from '@wellhead/datasource-node'
import { z } from 'zod'
import { apiBase, ask } from './api.ts'

/**
 * `GET /v2/team/credit-usage`: free, and open to restricted keys. Scraping would cost a credit, and may even succeed without a key.
 * https://docs.firecrawl.dev/api-reference/endpoint/credit-usage
 *
 * A 404 is accepted: the key passed, but there is no billing to tell of, or a self-hosted server lacks the route.
 *
 * Nothing that Firecrawl answers names the account. An id made of the key would leak something of it and change with it,
 * so the account is "whatever the API key opens" on that host.
 */
export async function identify(ctx: DataSourceContext): Promise<Account> {
  try {
    await ask(ctx, '/team/credit-usage', z.looseObject({ success: z.boolean().nullish() }))
  } catch (error) {
    if (!isDataSourceError(error) || error.status !== 404) throw error
  }
  const { host } = new URL(apiBase(ctx))
  const accountId = `api-key@${host}`
  const hosted = host === 'api.firecrawl.dev'
  return { accountId, grantKey: accountId, name: hosted ? 'Firecrawl' : `Firecrawl (${host})`, avatarUrl: null }
}
