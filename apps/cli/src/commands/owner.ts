import { createApi } from '@wellhead/api'
import { readConfigFile } from '../configuration/config-file.ts'
import { readEnvironment, required } from '../configuration/environment.ts'
import { openInstallation } from '../configuration/installation.ts'
import { createLogs } from '../configuration/log.ts'
import { withInstance } from '../start/instance.ts'

/** The first person of an installation: afterwards people invite each other. For somebody known it prints a new link. */
export async function createOwner(options: {
  email: string
  name?: string
  workspace: string
  dataDir: string
}): Promise<number> {
  const environment = withInstance(readEnvironment(process.env), options.dataDir)
  const logs = createLogs('error')
  await using installation = await openInstallation({
    environment,
    config: readConfigFile(environment.WELLHEAD_CONFIG, process.env),
    log: logs.log,
    configureClients: false,
  })
  const api = await createApi({
    engine: installation.engine,
    publicUrl: required(environment, 'WELLHEAD_PUBLIC_URL'),
    secret: installation.sessionSecret,
    log: logs.http,
  })
  try {
    const { userId } = await api.login.createOwner({
      name: options.name ?? options.email.split('@')[0] ?? options.email,
      email: options.email,
      workspaceName: options.workspace,
    })
    console.log(await api.login.signInLink(userId))
    console.error('This link signs in once, within ten minutes.')
    return 0
  } finally {
    await api.close()
  }
}
