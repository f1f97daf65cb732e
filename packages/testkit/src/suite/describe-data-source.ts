import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AuthSpec, type DataSource, isDataSourceError, isRetryable } from '@wellhead/datasource-node'
import { loadDataSources } from '@wellhead/plugin-host'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Connection, connect } from './connection.ts'
import { readDocuments, readDrive, readSite } from './reading.ts'
import type { ErrorFact, Stand, SuiteFacts } from './stand.ts'

/**
 * The contract as a suite of vitest: what the host and the engine rely on, asked of one data source against a stand-in of its provider. Call it at
 * the top of a test file.
 */
export function describeDataSource(source: DataSource, facts: SuiteFacts): void {
  describe(`${source.id} keeps the contract`, () => {
    describeFacts(source)
    describeErrors(source, facts.errors ?? [])
    for (const auth of source.auth) describeConnection(source, auth, facts)
  })
}

function describeFacts(source: DataSource): void {
  it('is accepted by the host', async () => {
    const builtin = { [source.id]: async () => ({ default: source }) }
    const registry = await loadDataSources({ builtin, plugins: [], baseDir: '.' })
    expect(registry.get(source.id)?.source).toBe(source)
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

function describeErrors(source: DataSource, errors: readonly ErrorFact[]): void {
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

function describeConnection(source: DataSource, auth: AuthSpec, facts: SuiteFacts): void {
  describe(`by ${auth.method}`, () => {
    let stand: Stand
    let connection: Connection
    beforeAll(async () => {
      stand = await facts.start()
      connection = await connect(source, auth, stand)
    })
    afterAll(async () => {
      await connection?.close()
      await stand?.close()
    })
    const info = () => connection.tokens?.info ?? {}

    it('connects, and says whose the credential is, the same each time', async () => {
      const account = await source.identify(connection.context(), info())
      for (const text of [account.accountId, account.grantKey, account.name]) expect(text.trim()).not.toBe('')
      expect(await source.identify(connection.context(), info())).toEqual(account)
      for (const secret of connection.secrets) expect(JSON.stringify(account)).not.toContain(secret)
    })

    it('takes a wrong credential for unauthorized', async () => {
      const identify = source.identify(connection.context({ credential: 'wrong-credential' }), info())
      await expect(identify).rejects.toMatchObject({ code: 'unauthorized' })
    })

    it('stops when it is aborted', async () => {
      const identify = source.identify(connection.context({ signal: AbortSignal.abort() }), info())
      await expect(identify).rejects.toMatchObject({ code: 'cancelled' })
    })

    if (auth.method === 'oauth2') {
      it('is granted what it asks for, and can be refreshed', () => {
        expect(connection.tokens?.refreshToken, 'the refresh token').toBeDefined()
        const { scope } = info()
        const granted = typeof scope === 'string' ? scope.split(/[\s,]+/) : auth.scopes
        expect(auth.scopes.filter((asked) => !auth.isGranted(asked, granted))).toEqual([])
      })

      it('goes on after its token has expired, by one refresh', async () => {
        const before = connection.refreshes.length
        await stand.oauth?.expireAccess()
        await source.identify(connection.context(), info())
        expect(connection.refreshes.slice(before)).toHaveLength(1)
        const [{ rejected, answer } = expect.fail('No refresh')] = connection.refreshes.slice(before)
        expect(rejected).toBe(before + 1)
        // The engine keeps the old refresh token where the answer has none; the fact says which to expect.
        expect(answer.refreshToken !== undefined && answer.refreshToken !== connection.tokens?.refreshToken).toBe(
          auth.rotation === 'rotates',
        )
      })
    }

    it('reads to the end, each thing once', async () => {
      const ctx = connection.context()
      if (source.kind === 'online_document') await readDocuments(source, ctx, facts)
      else if (source.kind === 'online_drive') await readDrive(source, ctx, facts)
      else await readSite(source, ctx, facts, stand)
    })

    if (facts.missingId !== undefined && source.kind !== 'website_crawl') {
      const id = facts.missingId
      it('says that something is not there', async () => {
        const ctx = connection.context()
        const reading = source.kind === 'online_document' ? source.readPage(ctx, { id }) : source.download(ctx, { id })
        await expect(reading).rejects.toMatchObject({ code: 'not_found' })
      })
    }

    it('sends the credential to its own hosts, in its header, and nowhere else', async () => {
      await using foreign = await startForeignHost()
      await connection.context().fetch(foreign.url)
      expect(foreign.seen).toHaveLength(1)
      expect(foreign.seen.join()).not.toContain(connection.secrets.at(-1))

      const header = auth.placement.header.toLowerCase()
      for (const { url, headers, body } of connection.sent) {
        const { [header]: placed = '', ...others } = headers
        const elsewhere = decodeURIComponent(url.href) + JSON.stringify(others) + body
        for (const secret of connection.secrets) {
          expect(elsewhere.includes(secret), `whether ${url.pathname} has the credential elsewhere`).toBe(false)
          if (placed.includes(secret)) expect(connection.origins).toContain(url.origin)
        }
      }
    })
  })
}

/** A host that is none of the data source's; it remembers the headers and the URL of each request. */
async function startForeignHost(): Promise<AsyncDisposable & { readonly url: string; readonly seen: string[] }> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.url} ${JSON.stringify(request.rawHeaders)}`)
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
