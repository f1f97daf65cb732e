import type { Account, DataSourceContext, TokenInfo } from '@wellhead/datasource-node'
import { objectSchema, read, urlOf } from './api.ts'
import { text } from './json.ts'

/** Whose token it is. https://learn.microsoft.com/graph/api/user-get; the photo can only be had with a token, so there is none. */
export async function identify(ctx: DataSourceContext, tokenInfo: TokenInfo): Promise<Account> {
  const me = await read(ctx, urlOf(ctx, '/me', { $select: 'id,displayName,mail,userPrincipalName' }), objectSchema)
  return {
    accountId: me.id,
    // Nothing is revoked at Microsoft; an account's consents are to be told apart by client all the same.
    grantKey: [me.id, text(tokenInfo.client_id)].filter(Boolean).join(':'),
    // Personal accounts have no mail.
    name: text(me.mail) || text(me.userPrincipalName) || text(me.displayName) || 'OneDrive',
    avatarUrl: null,
  }
}
