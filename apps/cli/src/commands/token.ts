import type { TokenScope } from '@wellhead/engine'
import { tokenScopes } from '@wellhead/engine'
import { readConfigFile } from '../configuration/config-file.ts'
import { ConfigurationError, readEnvironment } from '../configuration/environment.ts'
import { openInstallation } from '../configuration/installation.ts'
import { createLogs } from '../configuration/log.ts'
import { withInstance } from '../start/instance.ts'

export async function createToken(options: {
  name: string
  scopes?: string[]
  member?: string
  workspace?: string
  days?: string
  dataDir: string
}): Promise<number> {
  const environment = withInstance(readEnvironment(process.env), options.dataDir)
  const unknown = options.scopes?.find((scope) => !(tokenScopes as readonly string[]).includes(scope))
  if (unknown) throw new ConfigurationError(`There is no scope ${unknown}. There are: ${tokenScopes.join(', ')}.`)
  const days = options.days === undefined ? undefined : Number(options.days)
  if (days !== undefined && !(days > 0)) throw new ConfigurationError('--days must be a number above 0.')
  const logs = createLogs('error')
  const publicUrl = environment.WELLHEAD_PUBLIC_URL ?? 'http://localhost:3400'
  await using installation = await openInstallation({
    environment: { ...environment, WELLHEAD_PUBLIC_URL: publicUrl },
    config: readConfigFile(environment.WELLHEAD_CONFIG, process.env),
    log: logs.log,
    configureClients: false,
  })
  const actor = await installation.engine.tenancy.findMember({
    ...(options.member === undefined ? {} : { email: options.member }),
    ...(options.workspace === undefined ? {} : { workspaceName: options.workspace }),
  })
  if (!actor)
    throw new ConfigurationError('There is no such member. Name one with --member, and the workspace with --workspace.')
  const { token } = await installation.engine.tenancy.createToken(actor, {
    name: options.name,
    scopes: (options.scopes as TokenScope[] | undefined) ?? tokenScopes,
    ...(days === undefined ? {} : { expiresAt: new Date(Date.now() + days * 86_400_000) }),
  })
  console.log(token)
  console.error('Keep it now: it is not shown again.')
  return 0
}
