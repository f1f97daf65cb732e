import type { HostedDataSource } from '@wellhead/plugin-host'
import { allowedOrigins } from '@wellhead/plugin-host'
import { EngineError } from '../errors.ts'
import { faultsOf, inPlainWords } from '../faults.ts'

/** The settings as the data source's schema gives them. @throws EngineError `invalid_settings` */
export function parseSettings(hosted: HostedDataSource, settings: Record<string, unknown>): Record<string, unknown> {
  const schema = hosted.source.settings
  if (!schema) {
    if (Object.keys(settings).length > 0)
      throw new EngineError('invalid_settings', `${hosted.source.name} has no settings.`)
    return {}
  }
  const parsed = schema.strict().safeParse(settings, inPlainWords)
  if (parsed.success) return parsed.data
  throw new EngineError('invalid_settings', 'These settings are not valid.', {
    details: { errors: faultsOf(parsed.error, ['settings']) },
  })
}

/** Whether a change of settings sends the credential somewhere else: then it must be given again. */
export function movesCredential(
  hosted: HostedDataSource,
  from: Record<string, unknown>,
  to: Record<string, unknown>,
): boolean {
  const before = allowedOrigins(hosted, from)
  return [...allowedOrigins(hosted, to)].some((origin) => !before.has(origin))
}
