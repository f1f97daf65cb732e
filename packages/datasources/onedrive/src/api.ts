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

/** The members of a page that have an id. */
export function members(ctx: DataSourceContext, page: GraphPage): readonly GraphObject[] {
  return page.value.flatMap((value) => {
    const member = objectSchema.safeParse(value)
    if (!member.success) ctx.log.warn('OneDrive listed something without an id, which is left out')
    return member.success ? [member.data] : []
  })
}

/** Every member of a list that is short. */
export async function readAll(ctx: DataSourceContext, url: string, keep: (link: string) => string) {
  const all: GraphObject[] = []
  const asked = new Set<string>()
  for (let next: string | undefined = url; next !== undefined; ) {
    if (asked.has(next)) throw noNewLink()
    asked.add(next)
    const page: GraphPage = await read(ctx, next, pageSchema)
    all.push(...members(ctx, page))
    next = page['@odata.nextLink'] ? keep(page['@odata.nextLink']) : undefined
  }
  return all
}

/** Going on would never end. */
export const noNewLink = (): DataSourceError =>
  new DataSourceError('invalid_response', 'OneDrive says that there is more of a list, but gives no new link.')
