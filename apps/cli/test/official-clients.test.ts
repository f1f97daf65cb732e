/** The vendors' own clients, with the tokens that Wellhead hands out, read from the sandbox what Wellhead's nodes read. */
import { drive as driveClient } from '@googleapis/drive'
import { Firecrawl } from '@mendable/firecrawl-js'
import { collectPaginatedAPI, Client as NotionClient } from '@notionhq/client'
import type { Client } from '@wellhead/client'
import type { Document } from '@wellhead/client/schema'
import { Dropbox } from 'dropbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectByKey, connectByOAuth, openStage, type Stage } from './scenario.ts'

describe('what a node reads is what the official client reads:', () => {
  let stage: Stage
  let client: Client
  beforeAll(async () => {
    stage = await openStage()
    client = stage.deployment.client()
  }, 120_000)
  afterAll(() => stage?.[Symbol.asyncDispose]())

  const endpoints = (source: string) => stage.sandbox.endpoints[source] as Readonly<Record<string, string>>
  const token = async (id: string) => (await client.connections.credentials({ params: { id }, body: {} })).access_token

  async function read(body: Parameters<Client['runs']['create']>[0]['body']): Promise<readonly Document[]> {
    const { id } = await client.runs.create({ body })
    const documents: Document[] = []
    for await (const line of client.runs.followDocuments(id)) if ('document' in line) documents.push(line.document)
    return documents
  }
  const told = (documents: readonly Document[]) =>
    documents.map(({ external_id: id, title, metadata }) => [id, title, metadata.size ?? null]).sort()

  it('Notion', async () => {
    const id = await connectByOAuth(client, 'notion')
    const auth = await token(id)
    const notion = new NotionClient({ auth, baseUrl: endpoints('notion').api as string, notionVersion: '2026-03-11' })
    const listed = await read({ data_source: 'notion', connection_id: id, operation: 'list_pages', parameters: {} })
    const found = await collectPaginatedAPI(notion.search, {})
    expect(found.length).toBeGreaterThan(20)
    expect(listed.map((entry) => entry.external_id).sort()).toEqual(found.map((item) => item.id).sort())
    const pages = listed.filter(({ metadata }) => metadata.type === 'page').slice(0, 20)
    const documents = await read({
      data_source: 'notion',
      connection_id: id,
      operation: 'read_pages',
      parameters: { pages: pages.map(({ external_id }) => ({ id: external_id, type: 'page' })) },
    })
    let compared = 0
    for (const { external_id: page_id, text } of documents.filter(({ kind }) => kind === 'page')) {
      const answer = await notion.pages.retrieveMarkdown({ page_id }).catch(() => undefined)
      // What Notion cuts is completed by the node; links to hosted files are new ones each time.
      if (!answer || answer.truncated || answer.unknown_block_ids.length > 0 || /\/files\//.test(answer.markdown))
        continue
      expect(text?.trim()).toBe(answer.markdown.trim())
      compared++
    }
    expect(compared).toBeGreaterThan(5)
  })

  it('Firecrawl', async () => {
    const id = await connectByKey(client, 'firecrawl', stage.sandbox.apiKeys.firecrawl as string)
    const firecrawl = new Firecrawl({
      apiKey: stage.sandbox.apiKeys.firecrawl as string,
      apiUrl: endpoints('firecrawl').api as string,
    })
    const url = `${stage.sandbox.siteUrl}guide/`
    const [page] = await read({
      data_source: 'firecrawl',
      connection_id: id,
      operation: 'crawl',
      parameters: { url, crawl_subpages: false, limit: 1 },
    })
    expect(page?.text).toBe((await firecrawl.scrape(url, { formats: ['markdown'] })).markdown)
  })

  it('Google Drive', async () => {
    const id = await connectByOAuth(client, 'google-drive')
    const drive = driveClient({ version: 'v3', headers: { authorization: `Bearer ${await token(id)}` }, retry: false })
    const rootUrl = (endpoints('google-drive').api as string).replace(/drive\/v3$/, '')
    const list = async (q: string) => {
      const files: (string | number | null | undefined)[][] = []
      let pageToken: string | null | undefined
      do {
        const asked = { q, fields: 'nextPageToken,files(id,name,size)', ...(pageToken ? { pageToken } : {}) }
        const { data } = await drive.files.list(asked, { rootUrl })
        files.push(...(data.files ?? []).map((file) => [file.id, file.name, Number(file.size)]))
        pageToken = data.nextPageToken
      } while (pageToken)
      return files
    }
    const folder = (await list("'root' in parents and trashed = false")).find(([, name]) => name === 'Recipes')?.[0]
    const files = await list(`'${folder}' in parents and trashed = false`)
    const node = { data_source: 'google-drive', connection_id: id, operation: 'list_folder' as const }
    expect(files).toHaveLength(60)
    expect(told(await read({ ...node, parameters: { folder } }))).toEqual(files.sort())
  })

  it('Dropbox', async () => {
    const id = await connectByOAuth(client, 'dropbox')
    const { api, content } = endpoints('dropbox') as { api: string; content: string }
    // The vendor's client knows its own hosts alone.
    const toSandbox = (url: string, init: RequestInit) =>
      fetch(url.replace('https://api.dropboxapi.com/2', api).replace('https://content.dropboxapi.com/2', content), init)
    const dropbox = new Dropbox({ accessToken: await token(id), fetch: toSandbox })
    const node = { data_source: 'dropbox', connection_id: id, operation: 'list_folder' as const }
    const home = (await read({ ...node, parameters: {} })).find(({ title }) => title === 'Ada Baker') as Document
    const nodes = told(await read({ ...node, parameters: { folder: home.external_id } }))
    // The client's root is the account's home.
    let { result } = await dropbox.filesListFolder({ path: '' })
    const entries = [...result.entries]
    while (result.has_more) {
      result = (await dropbox.filesListFolderContinue({ cursor: result.cursor })).result
      entries.push(...result.entries)
    }
    expect(nodes.map(([id, name]) => [id, name])).toEqual(
      entries.flatMap((entry) => (entry['.tag'] === 'deleted' ? [] : [[entry.id, entry.name]])).sort(),
    )
  })
})
