import type { Account, DataSourceContext, TokenInfo } from '@wellhead/datasource-node'
import { z } from 'zod'
import { read } from './api.ts'

const aboutSchema = z.looseObject({
  user: z.looseObject({
    permissionId: z.string().min(1),
    emailAddress: z.string().nullish(),
    displayName: z.string().nullish(),
    photoLink: z.string().nullish(),
  }),
})

/**
 * Whose token it is, from `GET /about`: covered by the scope that files need.
 *
 * A revoke ends what an account granted to all clients of a Cloud project, so that is the grant. The project is the number
 * that a client id begins with; https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke
 */
export async function identify(ctx: DataSourceContext, tokenInfo: TokenInfo): Promise<Account> {
  const { user } = await read(ctx, '/about', { fields: 'user' }, aboutSchema)
  const clientId = typeof tokenInfo.client_id === 'string' ? tokenInfo.client_id : ''
  const project = /^(\d+)-/.exec(clientId)?.[1] ?? clientId
  const photo = URL.parse(user.photoLink ?? '')
  return {
    accountId: user.permissionId,
    grantKey: [project, user.permissionId].filter(Boolean).join(':'),
    name: user.emailAddress || user.displayName || 'Google Drive',
    avatarUrl: photo?.protocol === 'https:' ? photo.href : null,
  }
}
