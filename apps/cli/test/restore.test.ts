import { expect, it } from 'vitest'
import { connectByKey, connectByOAuth, openStage } from './scenario.ts'

it('restore refuses while processes run; then it names the connections whose refresh token may be spent', async () => {
  await using stage = await openStage()
  const { deployment, sandbox } = stage
  await connectByKey(deployment.client(), 'firecrawl', sandbox.apiKeys.firecrawl as string)
  const id = await connectByOAuth(deployment.client(), 'notion')
  const early = await deployment.run(['restore'])
  expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining('Stop every API and worker') })
  for (const one of [...deployment.apis, ...deployment.workers]) await one.kill()
  const done = await deployment.run(['restore'])
  expect(done, done.stderr).toMatchObject({ code: 0 })
  expect(done.stdout).toContain(id)
  expect(done.stdout.split('\n').filter((line) => line.includes('(con_'))).toHaveLength(1)
  expect(done.stdout).toContain('1 connection with a refresh token that may have been spent')
}, 90_000)
