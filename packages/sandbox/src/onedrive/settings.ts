import { z } from 'zod'
import { filesPatch } from '../drive/control.ts'

/** What can be switched over `POST /_control/onedrive`. Each field alone; the answer holds all. */
export interface OneDriveSettings {
  /** Seconds that an access token lives; null: any number from 3600 to 5400, as with the real one. */
  readonly accessTokenSeconds: number | null
  /** Seconds that an unused refresh token lives. The real one: 90 days. */
  readonly refreshTokenSeconds: number
  /** Seconds that a pre-authenticated download URL lives. */
  readonly downloadUrlSeconds: number
  /** Calls of one client and account in 60 s, refused ones counted; null: no limit. */
  readonly rateLimitPerMinute: number | null
  /** After an injected 429 with Retry-After whoever calls before its end is refused, and has to wait as long again. */
  readonly pauseAfter429: boolean
  /** The account was never given a OneDrive. */
  readonly noDrive: boolean
  /** Files.Read does not reach what lies in other people's drives. */
  readonly remoteForbidden: boolean
  /** The download host sends the whole, whatever range it is asked for. */
  readonly ignoreRange: boolean
}

export const defaultSettings: OneDriveSettings = {
  accessTokenSeconds: null,
  refreshTokenSeconds: 90 * 24 * 3600,
  downloadUrlSeconds: 300,
  rateLimitPerMinute: null,
  pauseAfter429: false,
  noDrive: false,
  remoteForbidden: false,
  ignoreRange: false,
}

const patchSchema = z.strictObject({
  accessTokenSeconds: z.number().positive().nullable().optional(),
  refreshTokenSeconds: z.number().positive().optional(),
  downloadUrlSeconds: z.number().positive().optional(),
  rateLimitPerMinute: z.int().positive().nullable().optional(),
  pauseAfter429: z.boolean().optional(),
  noDrive: z.boolean().optional(),
  remoteForbidden: z.boolean().optional(),
  ignoreRange: z.boolean().optional(),
  /** Not a setting but a deed: every token of a page and of a delta given out so far is good no more. */
  expireCursors: z.literal(true).optional(),
  /** A deed too: changes to Ada's own files. */
  files: filesPatch.optional(),
})
export type OneDrivePatch = z.infer<typeof patchSchema>

export const readPatch = (patch: unknown): OneDrivePatch => patchSchema.parse(patch)

export function patchSettings(settings: OneDriveSettings, patch: OneDrivePatch): OneDriveSettings {
  const { expireCursors: _expire, files: _files, ...given } = patch
  const set = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...settings, ...(Object.fromEntries(set) as Partial<OneDriveSettings>) }
}
