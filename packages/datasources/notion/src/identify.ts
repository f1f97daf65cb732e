import type { Account, DataSourceContext, TokenInfo } from '@wellhead/datasource-node'
import { objectSchema, read } from './api.ts'
import { object, text } from './json.ts'

/**
 * Whose token it is, from `GET /v1/users/me`: free, and no capability is needed for it.
 *
 * A grant of a user is that user in that workspace, whatever client asked; a connection that belongs to a workspace is
 * that workspace. What the bot does not say (`bot` may be `{}`) comes from the token answer.
 */
export async function identify(ctx: DataSourceContext, tokenInfo: TokenInfo): Promise<Account> {
  const me = await read(ctx, '/v1/users/me', objectSchema)
  const bot = object(me.bot)
  const workspaceId = text(bot.workspace_id) || text(tokenInfo.workspace_id)
  const userId = me.type === 'person' ? me.id : ownerId(bot.owner) || ownerId(tokenInfo.owner)
  const workspaceName = text(bot.workspace_name) || text(tokenInfo.workspace_name)
  return {
    accountId: [workspaceId, userId].filter(Boolean).join(':') || `bot:${me.id}`,
    grantKey: text(tokenInfo.bot_id) || me.id,
    name: workspaceName || text(me.name) || 'Notion',
    avatarUrl: imageUrl(tokenInfo.workspace_icon),
  }
}

/** The user's id; empty when the owner is the workspace. A partial user has its id too. */
function ownerId(owner: unknown): string {
  const { type, user } = object(owner)
  return type === 'user' ? text(object(user).id) : ''
}

/** `workspace_icon` is a URL, an emoji or null. */
function imageUrl(icon: unknown): string | null {
  const url = URL.parse(text(icon))
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : null
}
