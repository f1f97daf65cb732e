/** A new encryption key is rolled out, made the first, and the former one taken away, while API and worker run. */
import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectByKey, connectByOAuth, openStage, type Stage } from './scenario.ts'

const [first, second] = ['first', 'second'].map((id) => `${id}:${randomBytes(32).toString('base64')}`)
const given = (keys: string) => ({ WELLHEAD_ENCRYPTION_KEYS: keys })

describe('wellhead keys', { timeout: 120_000 }, () => {
  let stage: Stage
  let sql: postgres.Sql
  let id: string

  beforeAll(async () => {
    // The second step of a roll-out: every process has the new key, and none seals with it.
    stage = await openStage({ env: given(`${first},${second}`) })
    sql = postgres(stage.deployment.databaseUrl, { max: 1, onnotice: () => {} })
    await connectByKey(stage.deployment.client(), 'firecrawl', stage.sandbox.apiKeys.firecrawl as string)
    id = await connectByOAuth(stage.deployment.client(), 'notion')
  }, 120_000)
  afterAll(async () => {
    await sql?.end()
    await stage?.[Symbol.asyncDispose]()
  })
  const run = (args: readonly string[], keys: string) => stage.deployment.run(args, given(keys))
  const refreshed = async () => {
    const { generation } = await stage.deployment.client().connections.get({ params: { id } })
    const after = await stage.deployment.client().connections.credentials({
      params: { id },
      body: { rejected_generation: generation },
    })
    expect(after.generation).toBe(generation + 1)
  }

  it('list says what each key is needed for, and which one is missing', async () => {
    const before = await run(['keys', 'list'], `${first},${second}`)
    expect(before).toMatchObject({ code: 0 })
    expect(before.stdout).toMatch(/first\s+│ first\s+│ 2\s+│ 0\s+│ \d+\s+│ no/)
    expect(before.stdout).toMatch(/second\s+│ opens only\s+│ 0\s+│ 0\s+│ 0\s+│ yes/)
    const missing = await run(['keys', 'list'], second as string)
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('"first" is used and not in') })
    const refused = await run(['keys', 'rotate'], second as string)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('encryption key "first"') })
  })

  it('rotate --reseal goes through everything while it is used, and says which key may go', async () => {
    const rotating = run(['keys', 'rotate', '--reseal'], `${second},${first}`)
    await refreshed()
    const done = await rotating
    expect(done, done.stderr).toMatchObject({ code: 0 })
    expect(done.stderr).toContain('data keys wrapped anew: 2 done, 0 left')
    expect(done.stderr).toMatch(/values sealed anew: \d+ done, 0 left/)
    expect(done.stdout).toContain('2 new data keys')
    expect(done.stdout).toContain('Nothing is sealed with a former data key any more.')
    expect(done.stdout).toMatch(/May be taken out of WELLHEAD_ENCRYPTION_KEYS.*: first\./)
    for (const secret of [first, second]) expect(done.stdout + done.stderr).not.toContain(secret?.split(':')[1])
  })

  it('has the running processes seal with the new data keys by then', async () => {
    await refreshed()
    await connectByKey(stage.deployment.client(), 'firecrawl', stage.sandbox.apiKeys.firecrawl as string)
    const [former] = await sql`
      select count(*)::int as count from credentials join data_keys on data_keys.id = key_id where not is_primary`
    expect(former?.count).toBe(0)
  })

  it('leaves the former key needed by nobody: a worker without it does all the work', async () => {
    await stage.deployment.workers[0]?.kill()
    await stage.deployment.startWorker(given(second as string))
    await refreshed()
    const list = await run(['keys', 'list'], second as string)
    expect(list).toMatchObject({ code: 0, stdout: expect.not.stringContaining('first:') })
    const without = await run(['worker'], first as string)
    expect(without).toMatchObject({ code: 1, stderr: expect.stringContaining('encryption key "second"') })
  })
})
