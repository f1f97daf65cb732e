import fastify, { type FastifyInstance } from 'fastify'
import { createClock } from './clock.ts'
import { addControlRoutes, createControl, type SandboxControl } from './control.ts'
import { addDeveloperRoutes, type DeveloperPages, developerPages } from './developers/routes.ts'
import { createDropbox } from './dropbox/index.ts'
import { addFaultHooks } from './fault-hooks.ts'
import { createFaults } from './faults.ts'
import { createFirecrawl } from './firecrawl/index.ts'
import { createGoogleDrive } from './google-drive/index.ts'
import { createJinaReader } from './jina-reader/index.ts'
import { createNotion } from './notion/index.ts'
import { createOneDrive } from './onedrive/index.ts'
import type { House, Provider } from './provider.ts'
import { createRequestLog } from './request-log.ts'
import { createSite } from './site/index.ts'
import { createStateFile, type SavedState } from './state.ts'

/** A running sandbox: local stand-ins of the providers, on the loopback address alone. */
export interface Sandbox {
  /** The main listener, `http://127.0.0.1:PORT`. */
  readonly origin: string
  /** Data source id -> endpoint name -> URL. */
  readonly endpoints: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** The default client of each OAuth provider. */
  readonly oauthClients: Readonly<Record<string, { readonly clientId: string; readonly clientSecret: string }>>
  /** A good sample key per provider that takes keys. */
  readonly apiKeys: Readonly<Record<string, string>>
  /** The small web site to crawl. */
  readonly siteUrl: string
  /** Per provider, where a person gets a key or registers an OAuth client, as on the real one's site. */
  readonly developerPages: Readonly<Record<string, DeveloperPages>>
  readonly control: SandboxControl
  close(): Promise<void>
}

export interface SandboxOptions {
  /** Default 0: any free port. */
  readonly port?: number
  /** Registered with the default clients; matched exactly. */
  readonly redirectUris?: readonly string[]
  /** Keeps grants, clients and the clock over restarts. Holds tokens; mode 0600. */
  readonly stateFile?: string
  /** Provider ids; default all. The web site is always there. */
  readonly only?: readonly string[]
  /** Upper limit of every server page, to force paging; default 25. */
  readonly pageSize?: number
}

const builders: Readonly<Record<string, (house: House) => Provider>> = {
  notion: createNotion,
  'jina-reader': createJinaReader,
  firecrawl: createFirecrawl,
  'google-drive': createGoogleDrive,
  dropbox: createDropbox,
  onedrive: createOneDrive,
}

/** The providers it can stand in for. */
export const sandboxProviders: readonly string[] = Object.keys(builders)

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const clock = createClock()
  const providers = new Map<string, Provider>()
  let origin = ''
  let downloadOrigin = ''
  let saved: SavedState | undefined
  const state = createStateFile(options.stateFile, () => ({
    version: 1,
    clockOffset: clock.offset(),
    // A provider that is left out this time keeps what it had.
    providers: {
      ...saved?.providers,
      ...Object.fromEntries([...providers].flatMap(([id, p]) => (p.snapshot ? [[id, p.snapshot()]] : []))),
    },
  }))
  const house: House = {
    clock,
    faults: createFaults(),
    log: createRequestLog(),
    origin: () => origin,
    downloadOrigin: () => downloadOrigin,
    siteUrl: () => `${origin}/site/`,
    pageSize: options.pageSize ?? 25,
    redirectUris: options.redirectUris ?? [],
    changed: () => state.changed(),
    durable: () => state.durable(),
  }
  for (const id of options.only ?? Object.keys(builders)) {
    const build = builders[id]
    if (!build)
      throw new RangeError(`The sandbox has no provider "${id}" (it has: ${Object.keys(builders).join(', ')})`)
    providers.set(id, build(house))
  }
  const site = createSite(house)
  providers.set(site.id, site)

  saved = state.load()
  if (saved) {
    clock.setOffset(saved.clockOffset)
    for (const [id, snapshot] of Object.entries(saved.providers)) providers.get(id)?.restore?.(snapshot)
  }
  const control = createControl(house, providers)

  const app = fastify(listenerOptions)
  const downloads = fastify(listenerOptions)
  for (const provider of providers.values()) {
    const prefix = `/${provider.id}`
    app.register(
      async (scope) => {
        addFaultHooks(scope, provider, house)
        await provider.routes(scope, house)
        if (!provider.ownNotFound)
          scope.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'Not Found' }))
      },
      { prefix },
    )
    downloads.register(
      async (scope) => {
        addFaultHooks(scope, provider, house)
        await provider.downloadRoutes?.(scope, house)
      },
      { prefix },
    )
  }
  for (const provider of providers.values()) app.register(async (scope) => provider.rootRoutes?.(scope))
  app.register(async (scope) => addDeveloperRoutes(scope, { house, providers }), { prefix: '/developers' })
  app.register(async (scope) => addControlRoutes(scope, control), { prefix: '/_control' })
  origin = await listen(app, options.port ?? 0)
  downloadOrigin = await listen(downloads, 0)

  const all = [...providers.values()]
  const pick = <T>(of: (provider: Provider) => T | undefined): Record<string, T> =>
    Object.fromEntries(
      all.flatMap((provider) => {
        const value = of(provider)
        return value === undefined ? [] : [[provider.id, value]]
      }),
    )
  return {
    origin,
    endpoints: pick((provider) => {
      const endpoints = provider.endpoints(origin, downloadOrigin)
      return Object.keys(endpoints).length > 0 ? endpoints : undefined
    }),
    oauthClients: pick(({ client }) => client && { clientId: client.clientId, clientSecret: client.clientSecret }),
    apiKeys: pick(({ apiKey }) => apiKey),
    siteUrl: house.siteUrl(),
    developerPages: pick((provider) => (provider === site ? undefined : developerPages(provider, house))),
    control,
    async close() {
      await Promise.all([app.close(), downloads.close()])
      await state.close()
    },
  }
}

const listenerOptions = { forceCloseConnections: true, routerOptions: { ignoreTrailingSlash: false } }

async function listen(app: FastifyInstance, port: number): Promise<string> {
  await app.listen({ host: '127.0.0.1', port })
  const address = app.server.address()
  if (address === null || typeof address === 'string') throw new Error('The sandbox has no port')
  return `http://127.0.0.1:${address.port}`
}
