import { type DataSourceContext, DataSourceError, readJson } from '@wellhead/datasource-node'
import { z } from 'zod'

/** https://learn.microsoft.com/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online: traffic that says whose it is, is throttled last. */
export const headers = { 'user-agent': 'NONISV|Wellhead|Wellhead/0.1' }

/** Anything with an id: an item, a drive. */
export const objectSchema = z.looseObject({ id: z.string().min(1) })
export type GraphObject = z.infer<typeof objectSchema>

/** One page of a list. Its members are read one by one, so that a strange one does not spoil the rest. */
export const pageSchema = z.looseObject({
  value: z.array(z.unknown()),
  '@odata.nextLink': z.string().nullish(),
  '@odata.deltaLink': z.string().nullish(),
})
export type GraphPage = z.infer<typeof pageSchema>

/** What is asked of items; a URL that is good by itself is not among it. */
export const itemSelect = [
  'id',
  'name',
  'size',
  'file',
  'folder',
  'package',
  'root',
  'remoteItem',
  'malware',
  'deleted',
  'parentReference',
  'webUrl',
  'lastModifiedDateTime',
  'eTag',
  'cTag',
].join(',')

/** GETs a URL below the endpoint `api`. */
export async function read<Schema extends z.ZodType>(ctx: DataSourceContext, url: string, schema: Schema) {
  return readJson(await ctx.fetch(url, { headers }), schema)
}

export const urlOf = (ctx: DataSourceContext, path: string, query: Record<string, string> = {}): string =>
  `${ctx.endpoint('api')}${path}?${new URLSearchParams(query)}`

export interface Members {
  readonly items: readonly GraphObject[]
  /** What could not be read although the rest is whole, one sentence each. */
  readonly warnings: readonly string[]
}

/**
 * The members of a page that have an id: nothing can be done with one that has none.
 *
 * @throws DataSourceError `invalid_response` when none has: that would pass for an empty list
 */
export function members({ value }: GraphPage): Members {
  const items = value.flatMap((each) => objectSchema.safeParse(each).data ?? [])
  const left = value.length - items.length
  if (left > 0 && items.length === 0)
    throw new DataSourceError('invalid_response', 'Nothing of what OneDrive lists can be read.')
  return { items, warnings: left > 0 ? [`${left} of what OneDrive lists cannot be read and is left out.`] : [] }
}

/** Every member of a list that is short. */
export async function readAll(ctx: DataSourceContext, url: string, keep: (link: string) => string): Promise<Members> {
  const items: GraphObject[] = []
  const warnings: string[] = []
  const asked = new Set<string>()
  for (let next: string | undefined = url; next !== undefined; ) {
    if (asked.has(next)) throw noNewLink()
    asked.add(next)
    const page: GraphPage = await read(ctx, next, pageSchema)
    const listed = members(page)
    items.push(...listed.items)
    warnings.push(...listed.warnings)
    next = page['@odata.nextLink'] ? keep(page['@odata.nextLink']) : undefined
  }
  return { items, warnings }
}

/** Going on would never end. */
export const noNewLink = (): DataSourceError =>
  new DataSourceError('invalid_response', 'OneDrive says that there is more of a list, but gives no new link.')
