import { z } from 'zod'
import { sampleKeyNames } from './keys.ts'

const rate = z.int().positive()

const changesSchema = z.strictObject({
  /** Reads a minute: of one key, and of one address without a key. */
  perMinute: z.strictObject({ key: rate, keyless: rate }).partial().optional(),
  /** How a 429 says when to come back in its header; null: not at all. The body says it in any case. */
  retryAfter: z.enum(['seconds', 'date']).nullable().optional(),
  /** Whether `GET /` says whose the key is: the vendor's public source no longer shows it. */
  tellsAccount: z.boolean().optional(),
  /** URLs that begin with one of these are refused with 451. */
  blocked: z.array(z.string().min(1)).optional(),
  /** Command: the tokens that are left, by the key's name. */
  balances: z.partialRecord(z.enum(sampleKeyNames), z.int()).optional(),
})
export type SettingsChange = z.infer<typeof changesSchema>

export interface Settings {
  perMinute: { key: number; keyless: number }
  retryAfter: 'seconds' | 'date' | null
  tellsAccount: boolean
  blocked: readonly string[]
}

/** The limits of https://jina.ai/reader for a free key and for none. */
export const defaultSettings = (): Settings => ({
  perMinute: { key: 500, keyless: 20 },
  retryAfter: 'seconds',
  tellsAccount: true,
  blocked: [],
})

/** Changes the settings in place; the command is left to the caller. */
export function changeSettings(settings: Settings, input: Readonly<Record<string, unknown>>): SettingsChange {
  const change = changesSchema.parse(input)
  const { balances: _balances, perMinute, ...plain } = change
  Object.assign(settings, Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined)))
  Object.assign(settings.perMinute, perMinute)
  return change
}
