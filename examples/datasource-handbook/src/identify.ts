import { type Account, type DataSourceContext, readJson } from '@wellhead/datasource-node'
import { z } from 'zod'

const meSchema = z.looseObject({ id: z.string().min(1), name: z.string(), email: z.string().nullish() })

/** `GET /me`: free, and answers for every good token. */
export async function identify(ctx: DataSourceContext): Promise<Account> {
  const me = await readJson(await ctx.fetch(`${ctx.endpoint('api')}/me`), meSchema)
  return { accountId: me.id, grantKey: me.id, name: me.email || me.name || me.id, avatarUrl: null }
}
