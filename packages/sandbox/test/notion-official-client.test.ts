import {
  APIErrorCode,
  Client,
  collectPaginatedAPI,
  isFullPage,
  isFullUser,
  isNotionClientError,
  LogLevel,
} from '@notionhq/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../src/index.ts'
import { authorizeUrl, consent, redirectUri } from './consent.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ redirectUris: [redirectUri] })
})
afterAll(() => sandbox.close())

const client = (auth?: string) =>
  new Client({
    ...(auth === undefined ? {} : { auth }),
    baseUrl: sandbox.endpoints.notion!.api!,
    notionVersion: '2026-03-11',
    retry: false,
    logLevel: LogLevel.ERROR,
  })

/** The vendor's own client, so that the sandbox is judged by more than its authors. */
test('connects, refreshes, introspects and revokes', async () => {
  const { clientId: client_id, clientSecret: client_secret } = sandbox.oauthClients.notion!
  const code = (await consent(authorizeUrl(sandbox))).searchParams.get('code')!
  const { oauth } = client()
  const first = await oauth.token({
    client_id,
    client_secret,
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
  })
  const me = await client(first.access_token).users.me({})
  expect(isFullUser(me) && me.type === 'bot' && 'owner' in me.bot && me.bot.workspace_id).toBe(first.workspace_id)
  const second = await oauth.token({
    client_id,
    client_secret,
    grant_type: 'refresh_token',
    refresh_token: first.refresh_token!,
  })
  expect(await oauth.introspect({ client_id, client_secret, token: second.access_token })).toMatchObject({
    active: true,
  })
  await oauth.revoke({ client_id, client_secret, token: second.access_token })
  const error = await client(second.access_token)
    .users.me({})
    .catch((thrown: unknown) => thrown)
  expect(isNotionClientError(error) && error.code).toBe(APIErrorCode.Unauthorized)
})

test('searches, reads pages, blocks and Markdown', async () => {
  const notion = client(sandbox.apiKeys.notion)
  const found = await collectPaginatedAPI(notion.search, { filter: { property: 'object', value: 'page' } })
  expect(found.length).toBeGreaterThan(270)
  expect(found.every((page) => page.object === 'page' && isFullPage(page))).toBe(true)
  const { results } = await notion.search({ query: 'Every block' })
  const page = await notion.pages.retrieve({ page_id: results[0]!.id })
  expect(isFullPage(page) && page.icon?.type).toBe('icon')
  const blocks = await collectPaginatedAPI(notion.blocks.children.list, { block_id: page.id })
  expect(blocks.length).toBe(40)
  expect(await notion.blocks.retrieve({ block_id: blocks[0]!.id })).toMatchObject({ type: 'paragraph' })
  const { markdown } = await notion.pages.retrieveMarkdown({ page_id: page.id, include_transcript: true })
  expect(markdown).toContain('Good morning everyone')
})

test('queries a data source to its last row', async () => {
  const notion = client(sandbox.apiKeys.notion)
  const { results } = await notion.search({ query: 'Products', filter: { property: 'object', value: 'data_source' } })
  const source = await notion.dataSources.retrieve({ data_source_id: results[0]!.id })
  const rows = await collectPaginatedAPI(notion.dataSources.query, { data_source_id: source.id })
  expect(rows).toHaveLength(260)
  expect(new Set(rows.map((row) => row.id)).size).toBe(260)
  const databaseId = 'parent' in source && source.parent.type === 'database_id' ? source.parent.database_id : ''
  expect(await notion.databases.retrieve({ database_id: databaseId })).toMatchObject({ object: 'database' })
})

test('understands the errors', async () => {
  const notion = client(sandbox.apiKeys.notion)
  const missing = await notion.pages
    .retrieve({ page_id: '00000000-0000-4000-8000-000000000000' })
    .catch((thrown: unknown) => thrown)
  expect(isNotionClientError(missing) && missing.code).toBe(APIErrorCode.ObjectNotFound)
  sandbox.control.fault({ provider: 'notion', kind: 'status', status: 429, retryAfter: '7' })
  const limited = await notion.users.me({}).catch((thrown: unknown) => thrown)
  expect(isNotionClientError(limited) && limited.code).toBe(APIErrorCode.RateLimited)
})
