import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type Fault, faultKinds } from './faults.ts'
import type { House, OAuthClient, Provider } from './provider.ts'
import type { LoggedRequest } from './request-log.ts'

/** Steers a sandbox. The same over HTTP: `POST {origin}/_control/<name>` with JSON. */
export interface SandboxControl {
  /** Milliseconds since the epoch on the sandbox's clock. */
  now(): number
  advance(seconds: number): void
  fault(fault: Fault): void
  clearFaults(): void
  requests(provider?: string): readonly LoggedRequest[]
  registerClient(provider: string, client: OAuthClient): void
  /** As if the user removed the connection at the provider; absent hint: every connection. */
  revokeGrant(provider: string, accountHint?: string): void
  /** A provider's own settings; answers with all of them. */
  settings(provider: string, settings?: Readonly<Record<string, unknown>>): unknown
  /** Everything back to the first start: grants, faults, log, clock, settings. */
  reset(): void
}

const faultSchema = z.strictObject({
  provider: z.string(),
  match: z.string().optional(),
  times: z.int().positive().optional(),
  kind: z.enum(faultKinds),
  status: z.int().min(200).max(599).optional(),
  retryAfter: z.string().optional(),
  body: z.unknown().optional(),
  code: z.string().optional(),
  delayMs: z.number().min(0).max(600_000).optional(),
  processed: z.boolean().optional(),
})
const clientSchema = z.strictObject({
  provider: z.string(),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  redirectUris: z.array(z.string()),
})

export function createControl(house: House, providers: ReadonlyMap<string, Provider>): SandboxControl {
  const named = (id: string) => {
    const provider = providers.get(id)
    if (!provider)
      throw new RangeError(`The sandbox has no provider "${id}" (it has: ${[...providers.keys()].join(', ')})`)
    return provider
  }
  const must = <T>(value: T | undefined, id: string, what: string): T => {
    if (value === undefined) throw new RangeError(`The provider "${id}" has no ${what}`)
    return value
  }
  return {
    now: () => house.clock.now(),
    advance(seconds) {
      house.clock.advance(seconds)
      house.changed()
    },
    fault(fault) {
      named(fault.provider)
      house.faults.add(faultSchema.parse(fault) as Fault)
    },
    clearFaults: () => house.faults.clear(),
    requests: (provider) => house.log.list(provider),
    registerClient(id, client) {
      must(named(id).registerClient, id, 'OAuth clients')(client)
      house.changed()
    },
    revokeGrant(id, accountHint) {
      must(named(id).revokeGrant, id, 'grants')(accountHint)
      house.changed()
    },
    settings(id, settings = {}) {
      const answer = must(named(id).control, id, 'settings')(settings)
      house.changed()
      return answer
    },
    reset() {
      house.faults.clear()
      house.log.clear()
      house.clock.setOffset(0)
      for (const provider of providers.values()) provider.reset()
      house.changed()
    },
  }
}

/** The control API. Web pages must not reach it: it takes JSON alone (which a foreign page cannot send without asking first) on a loopback name. */
export function addControlRoutes(app: FastifyInstance, control: SandboxControl): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers.origin !== undefined || !/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? ''))
      return reply.code(403).send({ error: 'The control API answers local programs only' })
  })
  app.setErrorHandler((error, _request, reply) => {
    const given = error as { statusCode?: number; message: string }
    const theirs = error instanceof z.ZodError || error instanceof RangeError || error instanceof TypeError
    return reply.code(theirs ? 400 : (given.statusCode ?? 500)).send({ error: given.message })
  })
  const post = <S extends z.ZodType>(path: string, schema: S, handle: (body: z.infer<S>) => unknown) =>
    app.post(path, (request, reply) => {
      const answer = handle(schema.parse(request.body ?? {}))
      return reply.send(answer ?? { ok: true })
    })
  const none = z.strictObject({})
  app.get('/now', () => ({ now: control.now() }))
  post('/advance', z.strictObject({ seconds: z.number().min(0) }), ({ seconds }) => {
    control.advance(seconds)
    return { now: control.now() }
  })
  post('/fault', faultSchema, (fault) => control.fault(fault as Fault))
  post('/clear-faults', none, () => control.clearFaults())
  const list = (provider?: string) => ({ requests: control.requests(provider) })
  post('/requests', z.strictObject({ provider: z.string().optional() }), ({ provider }) => list(provider))
  post('/register-client', clientSchema, ({ provider, ...client }) => control.registerClient(provider, client))
  post('/revoke-grant', z.strictObject({ provider: z.string(), accountHint: z.string().optional() }), (body) =>
    control.revokeGrant(body.provider, body.accountHint),
  )
  post('/reset', none, () => control.reset())
  app.post<{ Params: { provider: string } }>('/:provider', (request, reply) =>
    reply.send(
      control.settings(request.params.provider, z.record(z.string(), z.unknown()).parse(request.body ?? {})) ?? {
        ok: true,
      },
    ),
  )
}
