import { z } from 'zod'
import { type FilesPatch, filesPatch } from '../drive/control.ts'

/** What can be switched over `POST /_control/google-drive`. Each field alone; the answer holds all. */
export interface GoogleDriveSettings {
  /** Lifetime of an access token. */
  readonly accessTokenSeconds: number
  /** An unused refresh token dies after so long: six months. */
  readonly refreshTokenIdleSeconds: number
  /** The consent screen is in its testing mode: refresh tokens die seven days after they were issued, used or not. */
  readonly testing: boolean
  /** The consent page lets the person untick scopes. */
  readonly granularConsent: boolean
  /** Scopes that are dropped although the person allows all, as if they had been unticked. */
  readonly deniedScopes: readonly string[]
  /** Client ids that were deleted in the console: the token endpoint says `deleted_client`. */
  readonly deletedClients: readonly string[]
  /** Requests of one account and project in 60 s; null: no limit. */
  readonly rateLimitPerMinute: number | null
  /** A page token of a list is refused after so long; 0 refuses each one. */
  readonly pageTokenSeconds: number
  /** Before each page of a list comes an empty one with a token. */
  readonly emptyPages: boolean
  /** Whether Ada is a member of the shared drive. */
  readonly sharedDrive: boolean
}

export const defaultSettings: GoogleDriveSettings = {
  accessTokenSeconds: 3599,
  refreshTokenIdleSeconds: 180 * 86_400,
  testing: false,
  granularConsent: false,
  deniedScopes: [],
  deletedClients: [],
  rateLimitPerMinute: null,
  pageTokenSeconds: 6 * 3600,
  emptyPages: false,
  sharedDrive: true,
}

const patchSchema = z.strictObject({
  accessTokenSeconds: z.int().positive().optional(),
  refreshTokenIdleSeconds: z.int().positive().optional(),
  testing: z.boolean().optional(),
  granularConsent: z.boolean().optional(),
  deniedScopes: z.array(z.string()).optional(),
  deletedClients: z.array(z.string()).optional(),
  rateLimitPerMinute: z.int().positive().nullable().optional(),
  pageTokenSeconds: z.int().nonnegative().optional(),
  emptyPages: z.boolean().optional(),
  sharedDrive: z.boolean().optional(),
  /** Changes to Ada's files in My Drive, done at once. */
  files: filesPatch.optional(),
  /** The same in the shared drive. */
  sharedDriveFiles: filesPatch.optional(),
})

export interface SettingsPatch {
  readonly settings: GoogleDriveSettings
  readonly files: FilesPatch | undefined
  readonly sharedDriveFiles: FilesPatch | undefined
}

export function patchSettings(settings: GoogleDriveSettings, patch: unknown): SettingsPatch {
  const { files, sharedDriveFiles, ...rest } = patchSchema.parse(patch)
  const given = Object.entries(rest).filter(([, value]) => value !== undefined)
  return { settings: { ...settings, ...(Object.fromEntries(given) as object) }, files, sharedDriveFiles }
}
