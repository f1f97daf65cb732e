import type { Account, DataSourceContext, TokenInfo } from '@wellhead/datasource-node'
import type { Api } from './api.ts'

/** Whose token it is: free, and the scope for it comes with every app. */
export async function identify(api: Api, ctx: DataSourceContext, tokenInfo: TokenInfo): Promise<Account> {
  const account = await api.currentAccount(ctx)
  const { account_id: accountId, email, name } = account
  const { client_id: clientId } = tokenInfo
  return {
    accountId,
    // A revoke ends what one app was granted by one account.
    grantKey: typeof clientId === 'string' && clientId !== '' ? `${accountId}:${clientId}` : accountId,
    name: email?.trim() || name?.display_name?.trim() || 'Dropbox',
    avatarUrl: imageUrl(account.profile_photo_url),
  }
}

function imageUrl(text: string | null | undefined): string | null {
  const url = URL.parse(text ?? '')
  return url?.protocol === 'https:' ? url.href : null
}
