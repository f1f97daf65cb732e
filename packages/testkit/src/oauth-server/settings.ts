import { z } from 'zod'

/**
 * How the server behaves; every field can be changed while it runs.
 *
 * **rotation**: what a refresh does to the refresh token it was sent, and what a *replay* (the same one sent again) leads to.
 * - `kill`: a new one each time; a replay ends the grant (RFC 9700, section 4.14.2).
 * - `{ graceSeconds }`: the same, but a replay within that time after the first use is answered with another new pair.
 * - `refuse`: a new one each time; a replay is refused, the grant lives on.
 * - `safe`: a new one each time; the old ones stay good.
 * - `none`: no new one; the first stays good and is not repeated in answers.
 */
export const rotationSchema = z.union([
  z.enum(['kill', 'refuse', 'safe', 'none']),
  z.strictObject({ graceSeconds: z.number().positive() }),
])

export const settingsSchema = z.strictObject({
  /** Seconds that an access token lives, and the `expires_in` of answers. */
  expiresIn: z.number().positive().default(300),
  rotation: rotationSchema.default('kill'),
  /** Whether the former access tokens of a grant die with a refresh. */
  refreshEndsAccess: z.boolean().default(false),
  /** Token requests in a second beyond which the answer is 429 with a Retry-After of one second; `null`: no limit. */
  tokenRequestsPerSecond: z.int().positive().nullable().default(null),
  /** Seconds that an unused refresh token lives; `null`: for ever. */
  refreshTokenSeconds: z.number().positive().nullable().default(null),
  /** Seconds that a code lives (RFC 6749, section 4.1.2: ten minutes at most). */
  codeSeconds: z.number().positive().max(600).default(600),
  /** `required`: an authorization request without an S256 challenge is refused. `off`: with one it is refused. */
  pkce: z.enum(['required', 'optional', 'off']).default('required'),
  tokenRequestFormat: z.enum(['form', 'json']).default('form'),
  /** `auto`: consents at once, by the first account or the one of `login_hint`. `form`: a page with every account. */
  consent: z.enum(['auto', 'form']).default('auto'),
  /** Whether `iss` is sent with every answer of the authorize endpoint (RFC 9207). */
  iss: z.boolean().default(true),
  /** Scopes that exist; an unknown one is refused. Empty: scopes are not looked at. */
  scopes: z.array(z.string().min(1)).default([]),
  /** What the resource API wants; `null`: any good token. */
  apiScope: z.string().min(1).nullable().default(null),
  /** Items per page of the resource API. */
  pageSize: z.int().positive().default(10),
  /** Seconds that a cursor of the resource API lives. */
  cursorSeconds: z.number().positive().default(3600),
})
export type Settings = z.infer<typeof settingsSchema>

export const clientSchema = z.strictObject({
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  /** Compared byte by byte. */
  redirectUris: z.array(z.string()),
  /** How it must authenticate (RFC 6749, section 2.3.1). */
  auth: z.enum(['basic', 'post', 'either']).default('either'),
})
export type Client = z.infer<typeof clientSchema>

export const accountSchema = z.strictObject({ id: z.string().min(1), name: z.string().min(1), email: z.string() })
export type Account = z.infer<typeof accountSchema>

export const itemSchema = z.strictObject({
  id: z.string().min(1),
  title: z.string(),
  url: z.string(),
  /** RFC 3339. */
  updatedAt: z.string(),
  markdown: z.string(),
})
export type Item = z.infer<typeof itemSchema>

const sampleItem = (number: number): Item => ({
  id: `item-${number}`,
  title: `Item ${number}`,
  url: `https://items.example/${number}`,
  updatedAt: new Date(Date.UTC(2026, 0, number)).toISOString(),
  markdown: `# Item ${number}\n\nWhat there is to say about item ${number}.\n`,
})

export const optionsSchema = settingsSchema.partial().extend({
  /** Default 0: any free port of 127.0.0.1. */
  port: z.int().min(0).max(65_535).default(0),
  /** Issuer identifier. Default: the origin. */
  issuer: z.string().optional(),
  clients: z
    .array(clientSchema)
    .min(1)
    .default([
      {
        clientId: 'wellhead-test',
        // With characters that form encoding changes: RFC 6749, section 2.3.1 wants Basic to carry them encoded.
        clientSecret: 'test+secret/with spaces:100%',
        redirectUris: ['http://localhost/callback'],
        auth: 'either',
      },
    ]),
  accounts: z
    .array(accountSchema)
    .min(1)
    .default([
      { id: 'acc-ada', name: 'Ada', email: 'ada@acme.test' },
      { id: 'acc-ben', name: 'Ben', email: 'ben@acme.test' },
    ]),
  items: z.array(itemSchema).default(Array.from({ length: 25 }, (_, index) => sampleItem(index + 1))),
})
export type OAuthServerOptions = z.input<typeof optionsSchema>
