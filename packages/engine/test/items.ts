/** A data source over the OAuth server of the test kit; its OAuth facts are those that a test gives it. */
import {
  apiKey,
  DataSourceError,
  defineDataSource,
  type OAuth2Spec,
  oauth2,
  readJson,
  retryAfterMs,
  type TokenInfo,
} from '@wellhead/datasource-node'
import { z } from 'zod'

export type ItemsAuth = Partial<Parameters<typeof oauth2>[0]>

export interface Items {
  readonly id: string
  readonly auth: OAuth2Spec
  /** Thrown by the next calls of `identify`, in order. */
  readonly identifyFailures: unknown[]
  /** What `identify` was told of the token answer, each time. */
  readonly identified: TokenInfo[]
  readonly load: () => Promise<unknown>
}

export function itemsSource(id: string, auth: ItemsAuth = {}): Items {
  const identifyFailures: unknown[] = []
  const identified: TokenInfo[] = []
  const spec = oauth2({
    scopes: [],
    consent: 'To read items.',
    registrationUrl: 'https://items.example/apps',
    clientAuth: 'basic',
    rotation: 'rotates',
    replay: { kind: 'kills' },
    revoke: { token: 'refresh_token', format: 'form', auth: 'client' },
    ...auth,
  })
  const account = z.object({ id: z.string(), name: z.string() })
  const source = defineDataSource({
    specVersion: 1,
    id,
    name: 'Items',
    description: 'Items for tests.',
    icon: '<svg xmlns="http://www.w3.org/2000/svg"/>',
    kind: 'online_document',
    documentationUrl: 'https://items.example/docs',
    endpoints: {
      api: 'https://api.items.example',
      authorize: 'https://items.example/authorize',
      token: 'https://items.example/token',
      revoke: 'https://items.example/revoke',
      introspect: 'https://items.example/introspect',
    },
    auth: [
      spec,
      apiKey({ label: 'Key', help: 'Ask for one.', keyUrl: 'https://items.example/keys', placeholder: 'key_…' }),
    ],
    parameters: z.object({}),
    async identify(ctx, tokenInfo) {
      identified.push(tokenInfo)
      const failure = identifyFailures.shift()
      if (failure) throw failure
      const me = await readJson(await ctx.fetch(`${ctx.endpoint('api')}/me`), account)
      return { accountId: me.id, grantKey: me.id, name: me.name, avatarUrl: null }
    },
    toError: ({ status, headers }) =>
      new DataSourceError(
        status === 401 ? 'unauthorized' : status === 429 ? 'rate_limited' : 'provider_unavailable',
        `Items answered with status ${status}.`,
        { status, retryAfterMs: retryAfterMs(headers) },
      ),
    async listPages() {
      return { pages: [], nextCursor: null }
    },
    async readPage() {
      throw new DataSourceError('not_found', 'There are no pages here.')
    },
  })
  return { id, auth: spec, identifyFailures, identified, load: async () => ({ default: source }) }
}
