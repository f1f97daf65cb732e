import { createApi } from '@wellhead/api'
import { builtConsole } from '@wellhead/console'
import { readConfigFile } from '../configuration/config-file.ts'
import { readEnvironment, required } from '../configuration/environment.ts'
import { openInstallation } from '../configuration/installation.ts'
import { createLogs } from '../configuration/log.ts'
import { startTelemetry } from '../configuration/telemetry.ts'
import { untilStopped } from '../until-stopped.ts'

export async function serveApi(): Promise<number> {
  const environment = readEnvironment(process.env)
  const config = readConfigFile(environment.WELLHEAD_CONFIG, process.env)
  const logs = createLogs(environment.WELLHEAD_LOG_LEVEL ?? 'info')
  await using _telemetry = await startTelemetry({ environment, serviceName: 'wellhead-api', log: logs.log })
  await using installation = await openInstallation({ environment, config, log: logs.log })
  const api = await createApi({
    engine: installation.engine,
    publicUrl: required(environment, 'WELLHEAD_PUBLIC_URL'),
    secret: installation.sessionSecret,
    log: logs.http,
    page: await builtConsole(),
    ...(environment.WELLHEAD_TRUST_PROXY === undefined ? {} : { trustProxy: environment.WELLHEAD_TRUST_PROXY }),
    ...(environment.WELLHEAD_RATE_LIMIT ? { rateLimits: { perCaller: environment.WELLHEAD_RATE_LIMIT } } : {}),
  })
  const stopped = untilStopped()
  await api.listen({ port: environment.WELLHEAD_PORT ?? 3400, host: environment.WELLHEAD_HOST ?? '127.0.0.1' })
  await stopped
  await api.close()
  return 0
}
