import {
  type AnyRoute,
  authorizationStatuses,
  connectionStatuses,
  documentKinds,
  eventTypes,
  faultCodes,
  nodeAuthorizations,
  nodeRoles,
  nodeWarnings,
  operations,
  pipelineDocument,
  pipelineFormats,
  problemCodes,
  problems,
  roles,
  routes,
  runStatuses,
  tokenScopes,
  variableTypes,
  visibilities,
} from '@wellhead/client/schema'
import * as engine from '@wellhead/engine'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createOpenApi } from '../src/index.ts'
import { type ApiHouse, openApiHouse } from './house.ts'

const table = Object.values(routes).flatMap((verbs) => Object.values<AnyRoute>(verbs))

describe('the contract', () => {
  it('has the words of the engine', () => {
    expect({
      authorizationStatuses,
      connectionStatuses,
      documentKinds,
      eventTypes,
      faultCodes,
      nodeAuthorizations,
      nodeRoles,
      nodeWarnings,
      operations,
      pipelineFormats,
      roles,
      runStatuses,
      tokenScopes,
      variableTypes,
      visibilities,
    }).toEqual({
      authorizationStatuses: engine.authorizationStatuses,
      connectionStatuses: engine.connectionStatuses,
      documentKinds: engine.documentKinds,
      eventTypes: engine.eventTypes,
      faultCodes: engine.faultCodes,
      nodeAuthorizations: engine.nodeAuthorizations,
      nodeRoles: engine.nodeRoles,
      nodeWarnings: engine.nodeWarnings,
      operations: engine.operations,
      pipelineFormats: engine.pipelineFormats,
      roles: engine.roles,
      runStatuses: engine.runStatuses,
      tokenScopes: engine.tokenScopes,
      variableTypes: engine.variableTypes,
      visibilities: engine.visibilities,
    })
  })

  it('publishes the pipeline document that the engine reads', () => {
    const published = z.looseObject(pipelineDocument.shape)
    expect(z.toJSONSchema(published)).toEqual(z.toJSONSchema(engine.wellheadDocument))
  })

  it('has a problem for each refusal of the engine', () => {
    expect(engine.engineErrorCodes.filter((code) => !problemCodes.includes(code))).toEqual([])
    for (const { status, title } of Object.values(problems)) {
      expect(status).toBeGreaterThanOrEqual(400)
      expect(title).toMatch(/^[A-Z]/)
    }
  })

  it('names each address and method once', () => {
    const names = table.map((route) => `${route.method} ${route.path}`)
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('the OpenAPI document', () => {
  const document = createOpenApi('https://wellhead.example.org')

  it('is 3.1 and has every route with its answers and problems', () => {
    expect(document.openapi).toBe('3.1.0')
    expect(document.servers).toEqual([{ url: 'https://wellhead.example.org' }])
    for (const route of table) {
      const operation = document.paths?.[route.path]?.[route.method.toLowerCase() as 'get']
      expect(operation?.operationId, route.path).toMatch(/^\w+\.\w+$/)
      const statuses = new Set([
        ...Object.keys(route.responses),
        ...route.problems.map((code) => String(problems[code].status)),
        '500',
      ])
      expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining([...statuses]))
      if (route.access.kind !== 'public') expect(Object.keys(operation?.responses ?? {})).toContain('401')
      const placeholders = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const parameters = (operation?.parameters ?? []) as { in: string; name: string }[]
      expect(parameters.filter((it) => it.in === 'path').map((it) => it.name)).toEqual(placeholders)
    }
  })

  it('resolves each of its references', () => {
    const text = JSON.stringify(document)
    const references = new Set([...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name))
    expect(references.size).toBeGreaterThan(10)
    for (const name of references) expect(document.components?.schemas, name).toHaveProperty(name as string)
  })

  it('is strict on requests and lets answers grow', () => {
    const schemas = document.components?.schemas as Record<
      string,
      { additionalProperties?: boolean; required?: string[] }
    >
    expect(schemas.CreateConnection?.additionalProperties).toBe(false)
    expect(schemas.CreateConnection?.required).toEqual(['data_source', 'api_key'])
    expect(schemas.Connection).not.toHaveProperty('additionalProperties')
  })
})

describe('the server', () => {
  let house: ApiHouse
  beforeAll(async () => {
    house = await openApiHouse({ worker: false })
  })
  afterAll(() => house?.[Symbol.asyncDispose]())

  it('has registered every route of the contract', () => {
    for (const route of table)
      expect(
        house.api.app.hasRoute({ method: route.method, url: route.path.replace(/\{(\w+)\}/g, ':$1') }),
        `${route.method} ${route.path}`,
      ).toBe(true)
  })

  it('serves its description, its health and its figures', async () => {
    const description = await (await fetch(`${house.url}/openapi.json`)).json()
    expect(description).toEqual(JSON.parse(JSON.stringify(createOpenApi(house.url))))
    expect(await (await fetch(`${house.url}/healthz`)).json()).toEqual({ status: 'ok' })
    const ready = await fetch(`${house.url}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, database: true, queue: true }])
    const metrics = await (await fetch(`${house.url}/metrics`)).text()
    expect(metrics).toMatch(
      /wellhead_http_request_duration_seconds_count\{method="GET",route="\/healthz",status="200"\} 1/,
    )
    expect(metrics).toContain('wellhead_breakers_open{data_source="notes",client="default"} 0')
  })

  it('answers every route that is not public with 401 to whoever sends nothing', async () => {
    for (const route of table.filter(({ access }) => access.kind !== 'public')) {
      const response = await fetch(house.url + route.path.replace(/\{\w+\}/g, 'x'), { method: route.method })
      expect(response.status, `${route.method} ${route.path}`).toBe(401)
      expect(await response.json()).toMatchObject({ code: 'unauthenticated', status: 401 })
      expect(response.headers.get('www-authenticate')).toContain('Bearer')
    }
  })

  it('refuses a token without the scope, and a token where a session is asked for, at every route', async () => {
    for (const route of table.filter(({ access }) => access.kind === 'scope' || access.kind === 'session')) {
      const scope = route.access.kind === 'scope' ? route.access.scope : undefined
      const token = await house.token(tokenScopes.filter((one) => one !== scope))
      const response = await fetch(house.url + route.path.replace(/\{\w+\}/g, 'x'), {
        method: route.method,
        headers: { authorization: `Bearer ${token}` },
      })
      expect(response.status, `${route.method} ${route.path}`).toBe(403)
      expect(await response.json()).toMatchObject({ code: scope ? 'missing_token_scope' : 'session_required' })
    }
  })

  it('refuses each body with an unknown field, naming the field', async () => {
    const { browser } = await house.signedIn()
    const token = await house.token(tokenScopes)
    for (const route of table.filter(({ body }) => body)) {
      const path = route.path.replace(/\{\w+\}/g, 'x')
      const response =
        route.access.kind === 'session'
          ? await browser.json(route.method, path, { no_such_field: 1 })
          : await fetch(house.url + path, {
              method: route.method,
              headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
              body: '{"no_such_field":1}',
            })
      expect(response.status, `${route.method} ${path}`).toBe(400)
      expect(response.headers.get('content-type')).toContain('application/problem+json')
      const problem = (await response.json()) as { code: string; errors: { path: string }[] }
      expect(problem.code).toBe('invalid_request')
      expect(problem.errors.map(({ path }) => path)).toContain('no_such_field')
    }
  })
})
