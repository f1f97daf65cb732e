/** From the environment and the configuration file to an engine: what every server command begins with. */
import { hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { builtin } from '@wellhead/catalog'
import type { Logger } from '@wellhead/datasource-node'
import { createEngine, type Timings, type WorkingEngine } from '@wellhead/engine'
import {
  createEgress,
  type DataSourceOverride,
  type Egress,
  loadDataSources,
  type Registry,
  type SandboxPages,
} from '@wellhead/plugin-host'
import type { ConfigFile } from './config-file.ts'
import { ConfigurationError, type Environment, required } from './environment.ts'

export interface Installation extends AsyncDisposable {
  readonly engine: WorkingEngine
  readonly egress: Egress
  readonly registry: Registry
  /** Signs console sessions and invite links: the same for every process, and for any order of the encryption keys. */
  readonly sessionSecret: string
}

/** What stands in for providers on this machine. */
export interface StandIns {
  readonly endpoints: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly oauthClients: Readonly<Record<string, { clientId: string; clientSecret: string }>>
  readonly developerPages: Readonly<Record<string, SandboxPages>>
}

export async function openInstallation(options: {
  environment: Environment
  config: ConfigFile
  log: Logger
  standIns?: StandIns
  databasePool?: number
  /** Whether the operator's OAuth clients are made those of the configuration. A command beside the servers leaves them. */
  configureClients?: boolean
}): Promise<Installation> {
  const { environment, config, log } = options
  const databaseUrl = required(environment, 'DATABASE_URL')
  const encryptionKeys = required(environment, 'WELLHEAD_ENCRYPTION_KEYS')
  const registry = await loadRegistry(config, options.standIns)
  const engine = await createEngine({
    databaseUrl,
    databaseDirectUrl: environment.DATABASE_DIRECT_URL,
    queueUrl: environment.QUEUE_URL ?? databaseUrl,
    publicUrl: required(environment, 'WELLHEAD_PUBLIC_URL'),
    encryptionKeys,
    registry,
    oauthClients: options.configureClients === false ? undefined : clientsOf(config, options.standIns),
    blobDir: resolve(environment.WELLHEAD_BLOB_DIR ?? '.wellhead/blobs'),
    ...(environment.WELLHEAD_QUEUE_PREFIX ? { queuePrefix: environment.WELLHEAD_QUEUE_PREFIX } : {}),
    log,
    timings: timingsOf(environment),
    ...(options.databasePool ? { databasePool: options.databasePool } : {}),
  })
  // Installations that are older than the kept secret signed with what their first key gives.
  const derived = hkdfSync('sha256', encryptionKeys.split(',')[0] ?? '', '', 'wellhead console sessions', 32)
  const former = Buffer.from(derived).toString('base64url')
  const sessionSecret = await engine.signingSecret('console sessions', former).catch(async (error) => {
    await engine.close()
    throw error
  })
  const egress = createEgress({
    allow: [...config.egress.allow, ...(options.standIns ? ['127.0.0.1/32'] : [])],
    ...(environment.HTTPS_PROXY ? { proxy: environment.HTTPS_PROXY } : {}),
    ...(environment.NO_PROXY ? { noProxy: environment.NO_PROXY } : {}),
    ...(environment.NODE_EXTRA_CA_CERTS ? { ca: [readFileSync(environment.NODE_EXTRA_CA_CERTS, 'utf8')] } : {}),
  })
  return {
    engine,
    egress,
    registry,
    sessionSecret,
    async [Symbol.asyncDispose]() {
      await engine.close()
      await egress.close()
    },
  }
}

/** The built-in data sources and those of the configuration. */
export function loadRegistry(config: ConfigFile, standIns?: StandIns): Promise<Registry> {
  return loadDataSources({
    builtin,
    plugins: config.plugins,
    baseDir: config.folder,
    overrides: overridesOf(config, standIns),
  })
}

/** A source that was given a real client, real endpoints, or told so, uses the real provider. */
export function standsIn(config: ConfigFile, dataSource: string): boolean {
  const set = config.dataSources[dataSource]
  return !(set?.sandbox === false || set?.oauthClient || set?.endpoints)
}

function overridesOf(config: ConfigFile, standIns: StandIns | undefined) {
  const overrides: Record<string, DataSourceOverride> = {}
  for (const [id, { endpoints }] of Object.entries(config.dataSources)) overrides[id] = endpoints ? { endpoints } : {}
  for (const [id, endpoints] of Object.entries(standIns?.endpoints ?? {}))
    if (standsIn(config, id))
      overrides[id] = { endpoints, sandbox: true, sandboxPages: standIns?.developerPages[id] ?? {} }
  return overrides
}

function clientsOf(config: ConfigFile, standIns: StandIns | undefined) {
  const clients: Record<string, { clientId: string; clientSecret: string }> = {}
  for (const [id, client] of Object.entries(standIns?.oauthClients ?? {}))
    if (standsIn(config, id)) clients[id] = client
  for (const [id, { oauthClient }] of Object.entries(config.dataSources)) if (oauthClient) clients[id] = oauthClient
  return clients
}

function timingsOf(environment: Environment): Partial<Timings> {
  if (!environment.WELLHEAD_TIMINGS) return {}
  try {
    return JSON.parse(environment.WELLHEAD_TIMINGS) as Partial<Timings>
  } catch {
    throw new ConfigurationError('WELLHEAD_TIMINGS is not JSON.')
  }
}
