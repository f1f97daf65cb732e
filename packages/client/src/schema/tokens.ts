import { z } from 'zod'
import { instant, label } from './fields.ts'
import { tokenScopes } from './words.ts'

export const apiToken = z
  .object({
    id: z.string(),
    name: z.string(),
    /** Its last four characters. */
    hint: z.string(),
    scopes: z.array(z.enum(tokenScopes)),
    user_id: z.string(),
    created_at: instant,
    last_used_at: instant.nullable(),
    expires_at: instant.nullable(),
  })
  .meta({ id: 'ApiToken' })
export type ApiToken = z.infer<typeof apiToken>

export const apiTokenList = z.object({ items: z.array(apiToken) })

export const createApiToken = z
  .strictObject({
    name: label,
    scopes: z
      .array(z.enum(tokenScopes))
      .min(1)
      .refine((scopes) => new Set(scopes).size === scopes.length, 'Name each scope once.'),
    expires_at: instant.refine((at) => Date.parse(at) > Date.now(), 'Lies in the past.').exactOptional(),
  })
  .meta({ id: 'CreateApiToken' })
export type CreateApiToken = z.infer<typeof createApiToken>

export const createdApiToken = apiToken
  .extend({
    /** Shown this once. */
    token: z.string(),
  })
  .meta({ id: 'CreatedApiToken' })
export type CreatedApiToken = z.infer<typeof createdApiToken>
