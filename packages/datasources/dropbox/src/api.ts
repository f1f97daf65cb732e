import { type DataSourceContext, type FetchInit, isDataSourceError, readJson } from '@wellhead/datasource-node'
import { z } from 'zod'
import { toHeaderJson } from './header-json.ts'

/** What is used of the account. https://www.dropbox.com/developers/documentation/http/documentation#users-get_current_account */
const accountSchema = z.looseObject({
  account_id: z.string().min(1),
  name: z.looseObject({ display_name: z.string().nullish() }).nullish(),
  email: z.string().nullish(),
  profile_photo_url: z.string().nullish(),
  root_info: z.looseObject({ root_namespace_id: z.string(), home_namespace_id: z.string() }).nullish(),
})
export type DropboxAccount = z.infer<typeof accountSchema>

export type Api = ReturnType<typeof createApi>

/**
 * Calls of the API. Those about files see what the account sees on dropbox.com: where its root is not its home, the root is the team's
 * space, with the team folders and the home in it, and every call must say so.
 * https://www.dropbox.com/developers/reference/path-root-header-modes
 */
export function createApi() {
  /** The namespace to name in each call of a context; null where the home is the root. */
  const roots = new WeakMap<DataSourceContext, Promise<string | null>>()

  async function currentAccount(ctx: DataSourceContext): Promise<DropboxAccount> {
    const init = { method: 'POST', json: null, replayable: true }
    return readJson(await ctx.fetch(`${ctx.endpoint('api')}/users/get_current_account`, init), accountSchema)
  }

  async function askForRoot(ctx: DataSourceContext): Promise<string | null> {
    const { root_info: info } = await currentAccount(ctx)
    return info && info.root_namespace_id !== info.home_namespace_id ? info.root_namespace_id : null
  }

  function rootOf(ctx: DataSourceContext): Promise<string | null> {
    const known = roots.get(ctx)
    if (known) return known
    const asked = askForRoot(ctx)
    roots.set(ctx, asked)
    // Asked again by whoever comes next.
    asked.catch(() => roots.get(ctx) === asked && roots.delete(ctx))
    return asked
  }

  /** With the path root; once more with the new one when the account was moved to another since. */
  async function fetchFiles(ctx: DataSourceContext, url: string, init: FetchInit): Promise<Response> {
    const root = rootOf(ctx)
    try {
      return await ctx.fetch(url, rooted(init, await root))
    } catch (error) {
      if (!isDataSourceError(error) || error.status !== 422) throw error
      if (roots.get(ctx) === root) roots.delete(ctx)
      const moved = await rootOf(ctx)
      if (moved === (await root)) throw error
      ctx.log.info('The root of the Dropbox account has changed.')
      return ctx.fetch(url, rooted(init, moved))
    }
  }

  return {
    currentAccount,

    /** A route of the API host that reads: JSON in, JSON out. */
    async read<Schema extends z.ZodType>(
      ctx: DataSourceContext,
      route: string,
      argument: Readonly<Record<string, unknown>>,
      schema: Schema,
    ): Promise<z.infer<Schema>> {
      const init = { method: 'POST', json: argument, replayable: true }
      return readJson(await fetchFiles(ctx, `${ctx.endpoint('api')}/${route}`, init), schema)
    },

    /** A route of the content host: the argument goes in a header, the body is the file. */
    fetchContent(
      ctx: DataSourceContext,
      route: string,
      argument: Readonly<Record<string, unknown>>,
    ): Promise<Response> {
      return fetchFiles(ctx, `${ctx.endpoint('content')}/${route}`, {
        method: 'POST',
        headers: { 'dropbox-api-arg': toHeaderJson(argument) },
        replayable: true,
        resume: true,
        maxBytes: Number.POSITIVE_INFINITY,
      })
    },
  }
}

function rooted(init: FetchInit, root: string | null): FetchInit {
  if (root === null) return init
  const header = toHeaderJson({ '.tag': 'root', root })
  return { ...init, headers: { ...init.headers, 'dropbox-api-path-root': header } }
}
