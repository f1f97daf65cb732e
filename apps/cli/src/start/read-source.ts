/** What a pipeline would do with a source: its kind decides which nodes are run. */
import type { Client, Run } from '@wellhead/client'
import type { DataSource } from '@wellhead/datasource-node'

/** Returns how many documents with content came. @throws Error when a run does not complete */
export async function readSource(
  client: Client,
  source: DataSource,
  connectionId: string,
  siteUrl: string,
  /** Items that are read of a listing: providers let nobody read all at once. */
  most = 25,
): Promise<number> {
  const run = async (operation: Run['operation'], parameters: Record<string, unknown>) => {
    const { id } = await client.runs.create({
      body: { data_source: source.id, connection_id: connectionId, operation, parameters },
    })
    const documents = []
    for await (const line of client.runs.followDocuments(id)) {
      if ('document' in line) documents.push(line.document)
      else if (line.run.status !== 'completed')
        throw new Error(`${source.name}: ${operation} ${line.run.status}: ${line.run.error?.message ?? ''}`)
    }
    return documents
  }
  switch (source.kind) {
    case 'online_document': {
      const entries = await run('list_pages', {})
      const pages = entries
        .slice(0, most)
        .map((entry) => ({ id: entry.external_id, type: String(entry.metadata.type) }))
      return (await run('read_pages', { pages })).filter((document) => document.kind === 'page').length
    }
    case 'online_drive': {
      if (source.changes) await run('changes', {})
      const top = await run('list_folder', {})
      const folder = top.find((entry) => entry.metadata.type === 'folder')?.external_id
      const below = folder === undefined ? [] : await run('list_folder', { folder })
      const ids = [...top, ...below]
        .filter((entry) => entry.metadata.type === 'file')
        .slice(0, most)
        .map((entry) => entry.external_id)
      return (await run('download', { ids })).filter((document) => document.kind === 'file').length
    }
    case 'website_crawl': {
      const offered = Object.keys(source.parameters.shape)
      const wanted: Record<string, unknown> = { url: siteUrl, crawl_subpages: true, crawl_sub_pages: true, limit: most }
      const parameters = Object.fromEntries(Object.entries(wanted).filter(([name]) => offered.includes(name)))
      return (await run('crawl', parameters)).filter((document) => document.kind === 'page').length
    }
  }
}
