import type { DataSourceContext } from '@wellhead/datasource-node'
import { z } from 'zod'
import { nextToken, read } from './api.ts'

export const driveSchema = z.looseObject({ id: z.string().min(1), name: z.string().nullish().catch(undefined) })

const drivesSchema = z.looseObject({ nextPageToken: z.string().nullish(), drives: z.array(driveSchema) })

/** One page of the shared drives that the account is a member of. */
export async function readDrives(ctx: DataSourceContext, token?: string) {
  const query = {
    pageSize: '100',
    fields: 'nextPageToken,drives(id,name)',
    ...(token === undefined ? {} : { pageToken: token }),
  }
  const { drives, nextPageToken } = await read(ctx, '/drives', query, drivesSchema)
  return { drives, next: nextToken(token, nextPageToken) }
}
