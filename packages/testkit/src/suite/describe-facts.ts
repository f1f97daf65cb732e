import { type DataSource, isDataSourceError, isRetryable } from '@wellhead/datasource-node'
import { loadDataSources, paceOf } from '@wellhead/plugin-host'
import { expect, it } from 'vitest'
import { z } from 'zod'
import type { ErrorFact } from './facts.ts'

/** What a data source says of itself, without a connection. */
export function describeFacts(source: DataSource): void {
  it('is accepted by the host', async () => {
    const builtin = { [source.id]: async () => ({ default: source }) }
    const registry = await loadDataSources({ builtin, plugins: [], baseDir: '.' })
    const hosted = registry.get(source.id) ?? expect.fail('It is not in the registry')
    expect(hosted.source).toBe(source)
    expect(() => paceOf(hosted, {})).not.toThrow()
  })

  it('labels what its forms show', () => {
    for (const schema of [source.parameters, source.settings]) {
      if (!schema) continue
      const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
      for (const [name, property] of Object.entries(properties))
        expect(property, `the field ${name}`).toMatchObject({ title: expect.any(String) })
    }
  })
}

/** What its `toError` makes of unsuccessful answers. */
export function describeErrors(source: DataSource, errors: readonly ErrorFact[]): void {
  const judge = ({ status, headers, body }: Omit<ErrorFact, 'code'>) => {
    const isText = typeof body === 'string'
    const text = isText ? body : JSON.stringify(body ?? '')
    return source.toError({ status, headers: new Headers(headers), text, json: isText ? undefined : body })
  }

  it.each(errors.map((fact) => ({ ...fact, said: JSON.stringify(fact.body ?? '') })))(
    'takes $status $said for $code',
    ({ said: _said, code, ...answer }) => {
      expect(judge(answer).code).toBe(code)
    },
  )

  it('has a word for every answer, whatever its body', () => {
    const bodies = [undefined, '', '<html>Bad gateway</html>', null, [], 'text', 7, {}, { error: 7 }, { error: null }]
    for (const status of [400, 401, 403, 404, 408, 409, 410, 418, 422, 429, 500, 502, 503, 504, 599]) {
      for (const body of bodies) {
        const error = judge({ status, body })
        expect(isDataSourceError(error), `the word for ${status} ${JSON.stringify(body)}`).toBe(true)
        expect(error.message).not.toBe('')
        // Nobody has to authorize again because the provider is down.
        if (status >= 502 && status <= 504) expect(isRetryable(error), `whether ${status} may pass`).toBe(true)
        if (status === 429) expect(['rate_limited', 'quota_exhausted']).toContain(error.code)
      }
    }
  })
}
