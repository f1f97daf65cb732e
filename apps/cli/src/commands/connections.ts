import { createClient } from '@wellhead/client'
import Table from 'cli-table3'
import { ConfigurationError } from '../configuration/environment.ts'

export async function listConnections(options: {
  url: string
  token?: string
  dataSource?: string
  json?: boolean
}): Promise<number> {
  const client = createClient({ baseUrl: options.url, token: requireToken(options.token) })
  const table = new Table({
    head: ['id', 'source', 'name', 'method', 'account', 'status', 'expires'],
    style: { head: [], border: [] },
  })
  let cursor: string | undefined
  let count = 0
  do {
    const page = await client.connections.list({
      query: { ...(options.dataSource ? { data_source: options.dataSource } : {}), ...(cursor ? { cursor } : {}) },
    })
    for (const one of page.items) {
      count++
      if (options.json) console.log(JSON.stringify(one))
      else
        table.push([
          one.id,
          one.data_source,
          one.name,
          one.method,
          one.account?.name ?? '',
          one.status,
          one.expires_at ?? '',
        ])
    }
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  if (!options.json) console.log(count === 0 ? 'There are no connections yet.' : table.toString())
  return 0
}

export function requireToken(token: string | undefined): string {
  if (token) return token
  throw new ConfigurationError(
    'Give an API token with --token or WELLHEAD_TOKEN. `wellhead token create --name mine` makes one.',
  )
}
