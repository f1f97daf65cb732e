import { z } from 'zod'

/** What can be switched over `POST /_control/notion`. Each field alone; the answer holds all. */
export interface NotionSettings {
  /** Hidden lifetime of an access token on the sandbox's clock. Notion tells nobody (no `expires_in`). */
  readonly accessTokenSeconds: number
  /** Lifetime of an unused refresh token; null: for ever. */
  readonly refreshTokenSeconds: number | null
  /** False: token answers carry `refresh_token: null`, as for connections made before Notion had them. */
  readonly refreshTokens: boolean
  /**
   * What a spent refresh token does: `reject` it, `kill_family` (reuse detection: the whole chain dies), or a grace in seconds within which
   * the direct predecessor gets the current pair once more.
   */
  readonly refreshReuse: 'reject' | 'kill_family' | number
  /** Requests per connection in 60 s; null: no limit. The real one is 180. */
  readonly rateLimitPerMinute: number | null
  /** Results after which a query or search ends with `request_status: incomplete`. The real one is 10,000. */
  readonly queryResultLimit: number
}

export const defaultSettings: NotionSettings = {
  accessTokenSeconds: 3600,
  refreshTokenSeconds: null,
  refreshTokens: true,
  refreshReuse: 'reject',
  rateLimitPerMinute: null,
  queryResultLimit: 10_000,
}

const patchSchema = z.strictObject({
  accessTokenSeconds: z.number().positive().optional(),
  refreshTokenSeconds: z.number().positive().nullable().optional(),
  refreshTokens: z.boolean().optional(),
  refreshReuse: z.union([z.literal('reject'), z.literal('kill_family'), z.number().nonnegative()]).optional(),
  rateLimitPerMinute: z.int().positive().nullable().optional(),
  queryResultLimit: z.int().positive().optional(),
})

export function patchSettings(settings: NotionSettings, patch: unknown): NotionSettings {
  const given = Object.entries(patchSchema.parse(patch)).filter(([, value]) => value !== undefined)
  return { ...settings, ...(Object.fromEntries(given) as Partial<NotionSettings>) }
}
