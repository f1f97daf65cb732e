import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import type { BareRoute } from '../bare/route.ts'
import type { Bench, Line } from '../harness/bench.ts'
import { openRooms } from '../harness/engine.ts'
import { milliseconds, rate } from '../harness/figures.ts'
import type { Load, Loaded } from '../harness/load.ts'
import { startApi, startScript } from '../harness/process.ts'
import { compare, quantile } from '../harness/rounds.ts'
import { fill, idOf, ownerOf, sampleSecret, sealed } from '../harness/seed.ts'

const CONNECTIONS = 1_000
const script = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url))

/** As an orchestrator asks. Both servers, PostgreSQL and the load are processes of their own. */
export const freshCredentialHttp: Bench = {
  name: 'fresh-credential-http',
  async *run(arena): AsyncGenerator<Line> {
    const { installation } = arena
    await using stack = new AsyncDisposableStack()
    const databaseUrl = await installation.database()
    const sql = postgres(databaseUrl, { max: 2, onnotice: () => {} })
    stack.defer(() => sql.end({ timeout: 5 }))
    const rooms = stack.use(await openRooms(databaseUrl, installation.encryptionKeys))
    const owner = await ownerOf(sql)
    const numbers = Array.from({ length: CONNECTIONS }, (_, index) => index + 1)
    await fill(sql, owner, { from: 1, to: CONNECTIONS, dataSource: 'notion' })
    await sealed(sql, rooms, owner, new Map(numbers.map((number) => [idOf(number), sampleSecret(number)])))
    const { id: keyId, key } = await rooms.dataKey(owner.workspaceId)

    const api = stack.use(await startApi(arena, { databaseUrl }))
    const bare = stack.use(await startScript(script('bare/route.ts')))
    const bareUrl = (await bare.ask({ databaseUrl, keyId, key: key.export() } satisfies BareRoute)) as string
    const load = stack.use(await startScript(script('harness/load.ts')))
    const took: number[] = []
    const ask = async (url: string) => {
      const wanted: Load = {
        url,
        method: 'POST',
        headers: { authorization: `Bearer ${installation.token}`, 'content-type': 'application/json' },
        body: '{}',
        paths: numbers.map((number) => `/v1/connections/${idOf(number)}/credentials`),
        callers: 32,
        ms: 2_000,
      }
      const loaded = (await load.ask(wanted)) as Loaded
      if (url === api.url) took.push(...loaded.took)
      return loaded.perSecond
    }
    const sides = { wellhead: () => ask(api.url), compared: () => ask(bareUrl) }
    const { wellhead, compared, ratio } = await compare(7, sides, { warmUp: 3 })
    const [row] = await sql`select count(*)::int as count from audit_entries where action = 'credential.read'`
    if (row?.count !== took.length) throw new Error(`${took.length} answers, but ${row?.count} audit entries`)
    yield {
      what: `A fresh credential over HTTP, 32 callers, by API token, audit row committed before the answer. Half in ${milliseconds(quantile(took, 0.5))}, 99 % in ${milliseconds(quantile(took, 0.99))}`,
      wellhead: rate(wellhead),
      compared: `${rate(compared)}: a bare Fastify route, the same select and decryption, no caller, no audit`,
      ratio,
      wanted: { atLeast: 0.6 },
      bound: 'the one thread of Node: HTTP, limits, checks and log of each request',
    }
  },
}
