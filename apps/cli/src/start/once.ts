/**
 * The main job, once: every sandboxed source is connected in each of its ways, its credential refreshed after it expired, its
 * nodes run, and a wrong key refused. What the table says was read from the API.
 */
import { type Client, ProblemError } from '@wellhead/client'
import type { Registry } from '@wellhead/plugin-host'
import type { Sandbox } from '@wellhead/sandbox'
import Table from 'cli-table3'
import { createPerson } from './person.ts'
import { readSource } from './read-source.ts'

interface Line {
  readonly source: string
  readonly method: string
  readonly account: string
  readonly documents: number
  readonly refreshes: number
}

export async function doTheMainJob(options: {
  client: Client
  registry: Registry
  sandbox: Sandbox
  say(sentence: string): void
}): Promise<string> {
  const { client, registry, sandbox, say } = options
  const lines: Line[] = []
  for (const { source, sandbox: isSandboxed } of registry.all()) {
    if (!isSandboxed) continue
    for (const { method } of source.auth) {
      const id =
        method === 'api_key'
          ? await connectByKey(client, source.id, sandbox.apiKeys[source.id] as string)
          : await connectByOAuth(client, source.id)
      say(`${source.name}: connected by ${method === 'api_key' ? 'API key' : 'OAuth'}`)
      if (method === 'api_key') say(`${source.name}: refused a wrong key: ${await refuseWrongKey(client, source.id)}`)
      const documents = await readSource(client, source, id, sandbox.siteUrl)
      say(`${source.name}: ran its node, ${documents} documents`)
      if (method === 'oauth2') {
        // Past every token's life at once, by the provider's own clock.
        sandbox.control.advance(24 * 3600)
        await readSource(client, source, id, sandbox.siteUrl, 5)
      }
      const connection = await client.connections.get({ params: { id } })
      if (method === 'oauth2') {
        if (connection.generation < 2) throw new Error(`${source.name} was not refreshed after its token expired.`)
        say(`${source.name}: refreshed after its token expired`)
      }
      lines.push({
        source: source.name,
        method: method === 'api_key' ? 'API key' : 'OAuth',
        account: connection.account?.name ?? '',
        documents,
        refreshes: connection.generation - 1,
      })
    }
  }
  if (lines.length === 0) throw new Error('The sandbox stands in for no source, so there is nothing to do.')
  const table = new Table({
    head: ['source', 'method', 'account', 'documents', 'refreshes'],
    style: { head: [], border: [] },
  })
  for (const line of lines) table.push([line.source, line.method, line.account, line.documents, line.refreshes])
  return table.toString()
}

async function connectByKey(client: Client, dataSource: string, key: string): Promise<string> {
  const connection = await client.connections.create({ body: { data_source: dataSource, api_key: key } })
  if (connection.status === 'active') return connection.id
  const { last_error: error, status } = await settled(client, connection.id)
  if (status !== 'active') throw new Error(`${dataSource} was not connected: ${error?.message ?? status}`)
  return connection.id
}

async function settled(client: Client, id: string) {
  for await (const event of client.events.subscribe({ after: 0 }))
    if (event.connection_id === id && ['connection.validated', 'connection.invalid'].includes(event.type)) break
  return client.connections.get({ params: { id } })
}

async function connectByOAuth(client: Client, dataSource: string): Promise<string> {
  const { id, connect_url: connectUrl } = await client.authorizations.create({ body: { data_source: dataSource } })
  await createPerson().giveAccess(connectUrl)
  for await (const event of client.events.subscribe({ after: 0 }))
    if (event.authorization_id === id && event.type.startsWith('authorization.')) break
  const authorization = await client.authorizations.get({ params: { id } })
  if (authorization.status === 'completed' && authorization.connection_id) return authorization.connection_id
  throw new Error(`${dataSource} was not connected: ${authorization.error?.message ?? authorization.status}`)
}

async function refuseWrongKey(client: Client, dataSource: string): Promise<string> {
  try {
    const connection = await client.connections.create({
      body: { data_source: dataSource, api_key: 'a-wrong-key-for-the-sake-of-it', name: 'Wrong key' },
    })
    const { status, last_error: error } = await settled(client, connection.id)
    await client.connections.delete({ params: { id: connection.id } })
    if (status === 'invalid' && error) return error.message
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'credential_invalid') return error.message
    throw error
  }
  throw new Error(`${dataSource} accepted a wrong key.`)
}
