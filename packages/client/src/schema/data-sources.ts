import { z } from 'zod'
import { id, instant, object } from './fields.ts'
import { dataSourceKinds, operations } from './words.ts'

const apiKeyMethod = z.object({
  method: z.literal('api_key'),
  /** What the provider calls it. */
  label: z.string(),
  help: z.string(),
  key_url: z.string(),
  placeholder: z.string(),
})

const oauth2Method = z.object({
  method: z.literal('oauth2'),
  scopes: z.array(z.string()),
  /** One sentence on what is asked for and why. */
  consent: z.string(),
  registration_url: z.string(),
  /** To be registered at the provider, exactly as it stands. */
  redirect_uri: z.string(),
  /** The OAuth client that an authorization would use now; `missing` when there is none yet. */
  client: z.enum(['custom', 'default', 'missing']),
  default_client_offered: z.boolean(),
  /** Whether the provider lets a grant be ended from here, when its last connection is deleted. Optional, as an older server leaves it out. */
  revocable: z.boolean().optional(),
})

export const dataSource = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    /** SVG markup or a `data:` URL. */
    icon: z.string(),
    kind: z.enum(dataSourceKinds),
    documentation_url: z.string(),
    /** Whether the local sandbox stands in for the provider. */
    sandbox: z.boolean(),
    /** What the sandbox has in place of the provider's own pages; `null` without it. Optional, as an older server leaves it out. */
    sandbox_pages: z
      .object({
        /** Where a sample key is shown. */
        key_url: z.string().nullable(),
        /** Where an OAuth client is registered. */
        registration_url: z.string().nullable(),
        /** A web site to crawl. */
        site_url: z.string().nullable(),
      })
      .nullable()
      .optional(),
    auth_methods: z.array(z.discriminatedUnion('method', [apiKeyMethod, oauth2Method])),
    operations: z.array(z.enum(operations)),
    /** JSON Schema of a run's parameters. */
    parameters_schema: object,
    /** JSON Schema of a connection's settings; `null` when it has none. */
    settings_schema: object.nullable(),
  })
  .meta({ id: 'DataSource' })
export type DataSource = z.infer<typeof dataSource>

export const dataSourceList = z.object({ items: z.array(dataSource) })

export const dataSourceParams = z.strictObject({ id })

export const oauthClient = z
  .object({
    id: z.string(),
    data_source: z.string(),
    client_id: z.string(),
    /** The secret's last four characters. */
    secret_hint: z.string(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'OAuthClient' })
export type OAuthClient = z.infer<typeof oauthClient>

const credentialText = z
  .string()
  .trim()
  .min(1)
  .max(4096)
  .regex(/^[\x21-\x7e]+$/, 'Only visible ASCII characters, without spaces.')

export const putOAuthClient = z
  .strictObject({
    client_id: credentialText,
    /** Write-only. Left out on an update, the secret is kept. */
    client_secret: credentialText.exactOptional(),
  })
  .meta({ id: 'PutOAuthClient' })
export type PutOAuthClient = z.infer<typeof putOAuthClient>
