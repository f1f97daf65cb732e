import { newestVersion } from './access.ts'

export interface Presentation {
  readonly version: string
  /** Where the sandbox's files are, with the provider's prefix. */
  readonly filesUrl: string
  /** Milliseconds on the sandbox's clock. */
  readonly now: number
}

const fileLifeMs = 3600_000

/**
 * An answer as its version has it. The content is kept once, as a superset: the newest version has no `archived`, the ones before call meeting
 * notes `transcription` (https://developers.notion.com/guides/get-started/upgrade-guide-2026-03-11), and addresses of hosted files live an hour.
 */
export function present(value: unknown, how: Presentation): unknown {
  if (Array.isArray(value)) return value.map((each) => present(each, how))
  if (typeof value === 'string') return value.startsWith('sandbox-file:') ? hosted(value.slice(13), how) : value
  if (typeof value !== 'object' || value === null) return value
  const newest = how.version === newestVersion
  const renamed = !newest && (value as { type?: unknown }).type === 'meeting_notes'
  const entries = Object.entries(value)
    .filter(([key]) => !(newest && key === 'archived'))
    .map(([key, inside]) => [
      renamed && key === 'meeting_notes' ? 'transcription' : key,
      renamed && key === 'type' ? 'transcription' : present(inside, how),
    ])
  return Object.fromEntries(entries)
}

function hosted(name: string, { filesUrl, now }: Presentation): string {
  const expires = new Date(now + fileLifeMs).toISOString()
  return name === 'expiry' ? expires : `${filesUrl}/${name}?expires=${encodeURIComponent(expires)}`
}
