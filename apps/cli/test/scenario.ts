/** What the tests of processes do over and over: connect by key and by consent, run, look at the sandbox. */
import type { Client } from '@wellhead/client'
import { type Sandbox, sandboxProviders, startSandbox } from '@wellhead/sandbox'
import { createPerson } from '../src/start/person.ts'
import { type Deployment, type DeploymentOptions, deploy, until } from './processes.ts'

export interface Stage extends AsyncDisposable {
  readonly deployment: Deployment
  readonly sandbox: Sandbox
}

/** A deployment whose data sources are the sandbox's. */
export async function openStage(
  options: Omit<DeploymentOptions, 'config'> & {
    plugins?: readonly string[]
    dataSources?: (publicUrl: string, sandbox: Sandbox) => Promise<Record<string, unknown>>
  } = {},
): Promise<Stage> {
  let sandbox: Sandbox | undefined
  const deployment = await deploy({
    ...options,
    async config(publicUrl) {
      sandbox = await startSandbox({
        redirectUris: sandboxProviders.map((id) => `${publicUrl}/oauth/callback/${id}`),
      })
      const { endpoints, oauthClients } = sandbox
      return {
        plugins: options.plugins ?? [],
        dataSources: {
          ...Object.fromEntries(
            Object.keys(endpoints).map((id) => [
              id,
              { endpoints: endpoints[id], ...(oauthClients[id] ? { oauthClient: oauthClients[id] } : {}) },
            ]),
          ),
          ...(await options.dataSources?.(publicUrl, sandbox)),
        },
        egress: { allow: ['127.0.0.1/32'] },
      }
    },
  })
  const started = sandbox as unknown as Sandbox
  return {
    deployment,
    sandbox: started,
    async [Symbol.asyncDispose]() {
      await deployment[Symbol.asyncDispose]()
      await started.close()
    },
  }
}

export async function connectByKey(client: Client, dataSource: string, apiKey: string): Promise<string> {
  const { id } = await client.connections.create({ body: { data_source: dataSource, api_key: apiKey } })
  await until(
    async () => (await client.connections.get({ params: { id } })).status === 'active',
    `${dataSource} is active`,
  )
  return id
}

export async function connectByOAuth(client: Client, dataSource: string): Promise<string> {
  const { id, connect_url: url } = await client.authorizations.create({ body: { data_source: dataSource } })
  await createPerson().giveAccess(url)
  return (await outcome(client, id)).connection_id as string
}

/** The attempt once it has ended. */
export function outcome(client: Client, authorizationId: string) {
  return until(async () => {
    const authorization = await client.authorizations.get({ params: { id: authorizationId } })
    return authorization.status !== 'pending' && authorization.status !== 'exchanging' && authorization
  }, 'the authorization ends')
}

export async function runToEnd(client: Client, body: Parameters<Client['runs']['create']>[0]['body']) {
  const { id } = await client.runs.create({ body })
  return until(async () => {
    const run = await client.runs.get({ params: { id } })
    return run.finished_at !== null && run
  }, 'the run ends')
}

export function tokenRequests(sandbox: Sandbox): number {
  return sandbox.control
    .requests('notion')
    .filter(({ method, path }) => method === 'POST' && path === '/v1/oauth/token').length
}
