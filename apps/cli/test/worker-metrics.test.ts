/** A worker's own address for Prometheus, and a worker whose collector is away. */
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTelemetry } from '../src/configuration/telemetry.ts'
import { type Deployment, deploy, metricsUrl, until } from './processes.ts'

describe('a worker', () => {
  let deployment: Deployment
  beforeAll(async () => {
    deployment = await deploy({ workers: 0 })
  }, 120_000)
  afterAll(() => deployment?.[Symbol.asyncDispose]())

  it('serves what it counted where it is told to, on loopback, and nothing else', async () => {
    const worker = await deployment.startWorker({ WELLHEAD_METRICS_PORT: '0' })
    const url = metricsUrl(worker)
    const text = await until(async () => {
      const now = await (await fetch(url)).text()
      return /wellhead_sweep_duration_seconds_count [1-9]/.test(now) && now
    }, 'a sweep is counted')
    expect(text).toMatch(/^process_cpu_seconds_total \d/m)
    expect((await fetch(url.replace('/metrics', '/'))).status).toBe(404)
    expect((await fetch(url, { method: 'POST' })).status).toBe(405)
    // What is a fact of the database is told by the API alone, so that a sum over all processes counts it once.
    expect(text).not.toContain('wellhead_connections')

    const { port } = new URL(url)
    const second = await deployment.run(['worker'], { WELLHEAD_METRICS_PORT: port })
    expect(second.code).toBe(1)
    expect(second.stderr).toContain(`port ${port} is taken`)
    expect(second.stderr).toContain('WELLHEAD_METRICS_PORT')
    expect(await worker.kill()).toBe(0)
  })

  it('says that its collector is away, and works and ends all the same', async () => {
    const port = await refusingPort()
    const worker = await deployment.startWorker({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
    })
    const client = deployment.client()
    const refused = client.connections.create({ body: { data_source: 'notion', api_key: 'never-asked-for' } })
    await until(async () => worker.output().includes('traces could not be exported'), 'it says so')
    const begun = performance.now()
    expect(await worker.kill()).toBe(0)
    expect(performance.now() - begun).toBeLessThan(15_000)
    await refused.catch(() => {})
  })
})

describe('traces', () => {
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }
  it.each([
    ['nothing is set', {}],
    ['only a name is set', { OTEL_SERVICE_NAME: 'wellhead' }],
    ['they are turned off', { ...endpoint, OTEL_SDK_DISABLED: true }],
    ['no exporter is wanted', { ...endpoint, OTEL_TRACES_EXPORTER: 'none' }],
  ])('are not recorded when %s', async (_, environment) => {
    expect(await startTelemetry({ environment, serviceName: 'test', log })).toBeUndefined()
  })
})

/** Nobody listens there. */
async function refusingPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
