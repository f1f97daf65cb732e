import {
  type Account,
  apiKey,
  type DataSource,
  type DataSourceContext,
  DataSourceError,
  type Endpoints,
  type FailedResponse,
  oauth2,
} from '@wellhead/datasource-node'
import { z } from 'zod'
import type { HostedDataSource } from '../src/index.ts'

export const keySpec = apiKey({
  label: 'Key',
  help: 'Make one.',
  keyUrl: 'https://example.com/keys',
  placeholder: 'k_…',
  placement: { header: 'X-Api-Key', scheme: '' },
})

export const oauthSpec = oauth2({
  scopes: ['read'],
  consent: 'Reads.',
  registrationUrl: 'https://example.com/apps',
  clientAuth: 'basic',
  rotation: 'rotates',
  replay: { kind: 'unknown' },
})

function toError({ status, text, json }: FailedResponse): DataSourceError {
  const code = (json as { code?: string } | undefined)?.code
  if (status === 401) return new DataSourceError('unauthorized', `Refused: ${text}`, { status })
  if (status === 404) return new DataSourceError('not_found', 'Not found.', { status })
  if (status === 429) return new DataSourceError('rate_limited', 'Too often.', { status })
  if (status >= 500) return new DataSourceError('provider_unavailable', 'Down.', { status })
  if (code === 'explode') throw new Error('bug')
  return new DataSourceError('invalid_request', `Refused: ${text}`, { status })
}

async function identify(ctx: DataSourceContext): Promise<Account> {
  await ctx.fetch(`${ctx.endpoint('api')}/me`)
  return { accountId: 'a', grantKey: 'a', name: 'A', avatarUrl: null }
}

export const sampleSource: DataSource = {
  specVersion: 1,
  id: 'sample',
  name: 'Sample',
  description: 'A sample.',
  icon: '<svg xmlns="http://www.w3.org/2000/svg"/>',
  documentationUrl: 'https://example.com/docs',
  endpoints: {
    api: 'https://api.example.com',
    authorize: 'https://example.com/authorize',
    token: 'https://example.com/token',
  },
  auth: [keySpec, oauthSpec],
  parameters: z.object({}),
  kind: 'online_document',
  identify,
  toError,
  listPages: async () => ({ pages: [], nextCursor: null }),
  readPage: async () => {
    throw new DataSourceError('not_found', 'None.')
  },
}

export function hosted(endpoints: Endpoints, source: Partial<DataSource> = {}): HostedDataSource {
  return { source: { ...sampleSource, ...source } as DataSource, endpoints, from: 'builtin', sandbox: false }
}
