import { z } from 'zod'
import { failure, id, instant, label } from './fields.ts'
import { authorizationStatuses } from './words.ts'

export const createAuthorization = z
  .strictObject({
    data_source: id,
    name: label.exactOptional(),
    /** The connection to authorize again. */
    connection_id: id.exactOptional(),
  })
  .refine((input) => input.name === undefined || input.connection_id === undefined, {
    path: ['name'],
    message: 'A connection that is authorized again keeps its name.',
  })
  .meta({ id: 'CreateAuthorization' })
export type CreateAuthorization = z.infer<typeof createAuthorization>

export const authorization = z
  .object({
    id: z.string(),
    data_source: z.string(),
    status: z.enum(authorizationStatuses),
    /** Set once completed; on re-authorization from the start. */
    connection_id: z.string().nullable(),
    error: failure.nullable(),
    expires_at: instant,
    created_at: instant,
  })
  .meta({ id: 'Authorization' })
export type Authorization = z.infer<typeof authorization>

export const createdAuthorization = authorization
  .extend({
    /** Open it in the member's browser: it binds the attempt to that browser and goes on to the provider. */
    connect_url: z.string(),
  })
  .meta({ id: 'CreatedAuthorization' })
export type CreatedAuthorization = z.infer<typeof createdAuthorization>
