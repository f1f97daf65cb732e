import { sandboxProviders } from '@wellhead/sandbox'
import { ConfigurationError } from '../configuration/environment.ts'

/** What `--sandbox` names: `all`, `none`, or ids joined by commas. */
export function sandboxedIds(which: string): readonly string[] {
  if (which === 'all') return sandboxProviders
  if (which === 'none') return []
  const ids = which.split(',').map((id) => id.trim())
  const unknown = ids.find((id) => !sandboxProviders.includes(id))
  if (unknown !== undefined)
    throw new ConfigurationError(
      `The sandbox has no ${unknown || 'source without a name'}. It has: ${sandboxProviders.join(', ')}.`,
    )
  return ids
}
