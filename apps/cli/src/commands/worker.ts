import { startWorker } from '@wellhead/worker'
import { readConfigFile } from '../configuration/config-file.ts'
import { readEnvironment } from '../configuration/environment.ts'
import { openInstallation } from '../configuration/installation.ts'
import { createLogs } from '../configuration/log.ts'
import { startTelemetry } from '../configuration/telemetry.ts'
import { untilStopped } from '../until-stopped.ts'

export async function serveWorker(): Promise<number> {
  const environment = readEnvironment(process.env)
  const config = readConfigFile(environment.WELLHEAD_CONFIG, process.env)
  const { log } = createLogs(environment.WELLHEAD_LOG_LEVEL ?? 'info')
  await using _telemetry = await startTelemetry({ environment, serviceName: 'wellhead-worker', log })
  await using installation = await openInstallation({ environment, config, log, databasePool: 20 })
  const stopped = untilStopped()
  const { WELLHEAD_METRICS_PORT: port, WELLHEAD_METRICS_HOST: host } = environment
  const worker = await startWorker({ ...installation, metrics: port === undefined ? undefined : { port, host } })
  log.info('the worker takes jobs', { metrics: worker.metricsPort })
  const signal = await stopped
  log.info('the worker drains', { signal })
  await worker.drain()
  log.info('the worker has ended')
  return 0
}
