import { judge } from '../harness/judge.ts'
import type { Arena, Part, Scenario } from '../harness/scenario.ts'
import { until } from '../harness/until.ts'

/** As in production: the number of connections is not divided, so how often they are looked at must not be multiplied. */
const timings = { breakerOpenMs: 30_000, sweepMs: 5_000, horizonMs: 15_000 }

async function* run(arena: Arena): AsyncGenerator<Part> {
  await using stage = await arena.open({ apis: 2, workers: 2, clients: ['default', 'custom'], timings })
  const { limits, reads, deployment } = stage
  const { server, dataSource } = stage.provider('kills')
  const client = deployment.client()
  const clientId = `${dataSource}-custom`
  const secret = 'secret-of-custom'
  const register = (clientSecret: string) =>
    server.registerClient({ clientId, clientSecret, redirectUris: [...server.client.redirectUris] })
  const put = (clientSecret: string) =>
    client.oauthClients.put({
      params: { id: dataSource },
      body: { client_id: clientId, client_secret: clientSecret },
    })
  await register(secret)
  await put(secret)

  const spread = limits.count(20_000, 3_000)
  const lifetime = (spread * 2.5) / 1000
  const many = limits.count(1_000, 60)
  const few = limits.count(200, 20)
  const due = (count: number) => (index: number) => 500 + (index * spread) / count
  // Its secret is changed at the provider, and nobody tells Wellhead.
  await register('another-secret')
  const broken = await stage.seed('kills', { count: many, lifetime, due: due(many), client: 'custom' })
  const sound = await stage.seed('kills', { count: few, lifetime, due: due(few) })
  const reading = reads.start(
    [...broken, ...sound].map(({ id }) => id),
    { callers: 30, pauseMs: 300 },
  )
  await stage.settled(sound, 'the sound client refreshes', lifetime * 1000 + 40_000)
  const slowest = Date.now() - Math.max(...sound.map(({ dueAt }) => dueAt))
  await until(
    async () => Date.now() > Math.max(...broken.map(({ expiresAt }) => expiresAt)),
    'every token ends',
    60_000,
  )
  const refused = (await judge(stage, broken)).retried

  await register('a-third-secret')
  await put('a-third-secret')
  const mendedAt = Date.now()
  // Whoever looked at the breaker in the same moment looks again within twice the time that it stays open.
  await stage.settled(broken, 'the mended client refreshes', 2 * timings.breakerOpenMs + 60_000)
  const healedMs = Date.now() - mendedAt
  await reading.stop()
  await reads.burst(sound.slice(0, 50).map(({ id }) => id))

  yield {
    what: `${few} connections of the default client, while the custom one's secret is wrong`,
    verdict: await judge(stage, sound),
    note: `the last was refreshed ${slowest} ms after the last came due`,
  }
  // One refusal opens the breaker; each worker may have its first calls under way, and one probe follows at a time.
  const most = 2 * 4 + Math.ceil((lifetime * 1000 + 20_000) / timings.breakerOpenMs)
  yield {
    what: `${many} connections of a custom client whose secret became wrong, until it is mended`,
    verdict: await judge(stage, broken),
    broken: refused > most ? [`${refused} refused token requests; at most ${most} are explained`] : [],
    note: `${refused} refused token requests for ${many} connections; all refreshed ${healedMs} ms after the right secret was given`,
  }
}

export const wrongSecret: Scenario = { letter: 'f', title: "One client's secret becomes wrong", run }
