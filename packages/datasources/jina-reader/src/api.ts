import { type DataSourceContext, isDataSourceError, readJson } from '@wellhead/datasource-node'
import { z } from 'zod'
import { baseUrlOf } from './settings.ts'

export const apiBase = (ctx: DataSourceContext): string => baseUrlOf(ctx.settings) ?? ctx.endpoint('api')

/** Reader gives up on a page by itself; its answer must have the time to arrive. */
const READ_MS = 90_000

const words = z.string().nullish().catch(undefined)

const pageSchema = z.looseObject({
  title: words,
  description: words,
  url: words,
  content: words,
  publishedTime: words,
  warning: words,
  // By their texts, or with `all` a list of pairs; anything else is no link.
  links: z
    .union([z.record(z.string(), z.unknown()), z.array(z.unknown())])
    .nullish()
    .catch(undefined)
    .transform((links) => {
      const urls = Array.isArray(links)
        ? links.map((pair) => (Array.isArray(pair) ? pair[1] : undefined))
        : Object.values(links ?? {})
      return urls.filter((url) => typeof url === 'string')
    }),
  metadata: z.looseObject({ lang: words }).nullish().catch(undefined),
  usage: z.looseObject({ tokens: z.number() }).nullish().catch(undefined),
})
export type ReaderPage = z.infer<typeof pageSchema>

const answerSchema = z.looseObject({ data: pageSchema })

/**
 * Reads one page: `POST /`, where the target needs no escaping, with options as headers. Sent again after a passing fault: it only reads, though
 * a page whose answer was lost is paid for twice.
 */
export async function readPage(
  ctx: DataSourceContext,
  url: string,
  { links }: { links: boolean },
): Promise<ReaderPage> {
  const response = await ctx.fetch(`${apiBase(ctx)}/`, {
    method: 'POST',
    // `all`, as by their texts two links named "more" are one.
    headers: { accept: 'application/json', ...(links ? { 'x-with-links-summary': 'all' } : {}) },
    json: { url },
    replayable: true,
    timeoutMs: READ_MS,
  })
  return (await readJson(response, answerSchema)).data
}

const indexSchema = z.looseObject({ data: z.looseObject({ authenticatedAs: words }).nullish().catch(undefined) })

/**
 * `GET /` with the empty path: free, and says whose the key is. It answers text where text would do, so JSON alone is asked for.
 * `undefined`: it does not say, or has no such path. An answer that cannot be read is an error: it must not turn one account into another.
 */
export async function askIndex(ctx: DataSourceContext): Promise<string | undefined> {
  try {
    const response = await ctx.fetch(`${apiBase(ctx)}/`, { headers: { accept: 'application/json' } })
    return (await readJson(response, indexSchema)).data?.authenticatedAs?.trim() || undefined
  } catch (error) {
    if (isDataSourceError(error) && error.code === 'not_found') return undefined
    throw error
  }
}
