import { z } from 'zod'
import { failure, id, instant, label, object, pageOf, pageQuery } from './fields.ts'
import { connectionStatuses, visibilities } from './words.ts'

export const connection = z
  .object({
    id: z.string(),
    data_source: z.string(),
    /** The authorization name. */
    name: z.string(),
    method: z.enum(['api_key', 'oauth2']),
    status: z.enum(connectionStatuses),
    /** Used by runs that name no connection. */
    default: z.boolean(),
    visibility: z.enum(visibilities),
    /** User ids, when the visibility is `members`. */
    member_ids: z.array(z.string()),
    created_by: z.string(),
    account: z.object({ id: z.string(), name: z.string(), avatar_url: z.string().nullable() }).nullable(),
    scopes: z.array(z.string()),
    settings: object,
    /** The last four characters of an API key; `null` for OAuth. */
    key_hint: z.string().nullable(),
    client: z.object({ id: z.string(), kind: z.enum(['default', 'custom']) }).nullable(),
    /**
     * Set while no token is refreshed with its OAuth client, as the last refreshes failed: until when at least, and how they
     * failed (`client_misconfigured`, `provider_down` and the like). They go on by themselves. Optional, as an older
     * server leaves it out.
     */
    refresh_pause: z.object({ until: instant, reason: z.string() }).nullable().optional(),
    /** Nodes of pipelines that it was chosen for: without it they are left to the default. Optional, as an older server leaves it out. */
    pipelines: z
      .array(z.object({ id: z.string(), name: z.string(), node_id: z.string(), node_title: z.string() }))
      .optional(),
    /** How many token pairs the provider has issued to it. */
    generation: z.number().int(),
    /** When the access token ends; `null` when it does not, or when the provider does not say. */
    expires_at: instant.nullable(),
    last_error: failure.extend({ at: instant }).nullable(),
    last_used_at: instant.nullable(),
    last_refreshed_at: instant.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Connection' })
export type Connection = z.infer<typeof connection>

/** A connection after a change that the worker carries out. */
export const connectionOutcome = connection
  .extend({
    /** `false` (with status 202) when the work goes on; its outcome follows as an event. */
    settled: z.boolean(),
  })
  .meta({ id: 'ConnectionOutcome' })
export type ConnectionOutcome = z.infer<typeof connectionOutcome>

export const connectionPage = pageOf(connection)

/** Something that happened to a connection: an event, or what somebody did to it. */
export const historyEntry = z
  .object({
    id: z.string(),
    at: instant,
    /** noun.verb: the type of the event, or the action of the audit entry. */
    type: z.string(),
    /** Who did it; `null` for an event. A name is `null` once the user or the token is gone. */
    actor: z
      .object({
        user_id: z.string(),
        name: z.string().nullable(),
        token: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
      })
      .nullable(),
    run_id: z.string().nullable(),
    authorization_id: z.string().nullable(),
    data: object,
  })
  .meta({ id: 'HistoryEntry' })
export type HistoryEntry = z.infer<typeof historyEntry>

export const historyPage = pageOf(historyEntry)
export const historyQuery = z.strictObject(pageQuery)

export const connectionQuery = z.strictObject({ ...pageQuery, data_source: id.exactOptional() })

const apiKey = z
  .string()
  .trim()
  .min(1, 'Enter the API key.')
  .max(4096, 'At most 4096 characters.')
  .regex(/^[\x21-\x7e]+$/, 'An API key has only visible ASCII characters, without spaces.')

export const createConnection = z
  .strictObject({
    data_source: id,
    /** Default: the account's name, made unique. */
    name: label.exactOptional(),
    /** Write-only. */
    api_key: apiKey,
    settings: object.exactOptional(),
  })
  .meta({ id: 'CreateConnection' })
export type CreateConnection = z.infer<typeof createConnection>

export const updateConnection = z
  .strictObject({
    name: label.exactOptional(),
    /** Another connection of the data source becomes the default by its own `true`. */
    default: z.boolean().exactOptional(),
    visibility: z.enum(visibilities).exactOptional(),
    member_ids: z.array(id).max(1000).exactOptional(),
    /** Write-only. */
    api_key: apiKey.exactOptional(),
    /** A setting that decides where the key is sent asks for the key again. */
    settings: object.exactOptional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, 'Nothing to change was given.')
  .refine(
    (patch) => patch.member_ids === undefined || patch.visibility === undefined || patch.visibility === 'members',
    {
      path: ['member_ids'],
      message: 'Members are listed only for the visibility "members".',
    },
  )
  .meta({ id: 'UpdateConnection' })
export type UpdateConnection = z.infer<typeof updateConnection>

export const refreshConnection = z
  .strictObject({
    /** Refresh although a lost answer makes it possible that the provider ends the grant for it. */
    accept_risk: z.boolean().exactOptional(),
  })
  .meta({ id: 'RefreshConnection' })
export type RefreshConnection = z.infer<typeof refreshConnection>

export const readCredentials = z
  .strictObject({
    /** Seconds that the access token must still live. Default: the engine's own small margin. */
    min_ttl_seconds: z.int().min(0).max(86_400).exactOptional(),
    /** The generation that the provider refused: asks for a newer one. */
    rejected_generation: z.int().min(0).max(2_147_483_647).exactOptional(),
  })
  .meta({ id: 'ReadCredentials' })
export type ReadCredentials = z.infer<typeof readCredentials>

export const credentials = z
  .object({
    /** The OAuth access token, or the API key. */
    access_token: z.string(),
    /** `null` when the provider does not say how long it lives. */
    expires_at: instant.nullable(),
    generation: z.number().int(),
  })
  .meta({ id: 'Credentials' })
export type Credentials = z.infer<typeof credentials>
