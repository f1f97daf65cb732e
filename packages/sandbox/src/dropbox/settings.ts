import { z } from 'zod'
import { filesPatch } from '../drive/control.ts'

export const scopesOfApp = ['account_info.read', 'files.content.read', 'files.metadata.read'] as const

/** What can be switched over `POST /_control/dropbox`. Each field alone; the answer holds all. */
export interface DropboxSettings {
  /** Seconds that an access token lives; the real ones live four hours. */
  readonly accessTokenSeconds: number
  /** The permissions that the app has in the App Console. A call that needs another is refused with a 400 in plain text. */
  readonly appScopes: readonly string[]
  /** The namespace at the root of Ada's team space; null: her team has none, and her root is her home. */
  readonly teamRootNamespaceId: string | null
  /** Calls of one user by one app in 60 s; null: no limit. The real numbers are not published. */
  readonly rateLimitPerMinute: number | null
  /** Whether a 429 comes as JSON or as plain text. */
  readonly rateLimitAnswer: 'json' | 'text'
  /** Cursors that were made before this many resets answer `reset`. Raised by `resetCursors`. */
  readonly cursorEpoch: number
}

export const defaultSettings: DropboxSettings = {
  accessTokenSeconds: 14_400,
  appScopes: scopesOfApp,
  teamRootNamespaceId: '3235700',
  rateLimitPerMinute: null,
  rateLimitAnswer: 'json',
  cursorEpoch: 0,
}

const patchSchema = z.strictObject({
  accessTokenSeconds: z.number().positive().optional(),
  appScopes: z.array(z.enum(scopesOfApp)).optional(),
  teamRootNamespaceId: z
    .string()
    .regex(/^[0-9]+$/)
    .nullable()
    .optional(),
  rateLimitPerMinute: z.int().positive().nullable().optional(),
  rateLimitAnswer: z.enum(['json', 'text']).optional(),
  /** Every cursor that was given until now answers `reset`. */
  resetCursors: z.literal(true).optional(),
  files: filesPatch.optional(),
})

export function parsePatch(settings: DropboxSettings, patch: unknown) {
  const { files, resetCursors, ...given } = patchSchema.parse(patch)
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const cursorEpoch = settings.cursorEpoch + (resetCursors ? 1 : 0)
  return { settings: { ...settings, ...(known as Partial<DropboxSettings>), cursorEpoch }, files }
}
