import { randomUUID } from 'node:crypto'
import type {
  BlockObjectResponse,
  Client,
  DatabaseObjectResponse,
  DataSourceObjectResponse,
  ListBlockChildrenResponse,
  PageObjectResponse,
  QueryDataSourceResponse,
  SearchResponse,
  UserObjectResponse,
} from '@notionhq/client'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { House } from '../provider.ts'
import { type Access, newestVersion } from './access.ts'
import type { BlockItem, DataSourceItem, Item, PageItem } from './content/workspace.ts'
import { NotionError, validationError } from './errors.ts'
import { renderMarkdown } from './markdown.ts'
import { onePage, pageFields, pageQuery } from './paging.ts'
import { present } from './present.ts'
import { filterTest, sorted, sortsSchema } from './row-query.ts'
import type { NotionSettings } from './settings.ts'
import { idParam, jsonBody, validated } from './validation.ts'

export interface ApiParts {
  readonly house: House
  readonly access: { of(request: FastifyRequest): Access }
  readonly settings: () => NotionSettings
}

type PageMarkdown = Awaited<ReturnType<Client['pages']['retrieveMarkdown']>>

const searchSchema = z.strictObject({
  query: z.string().optional(),
  sort: z
    .union([
      z.strictObject({ timestamp: z.literal('last_edited_time'), direction: z.enum(['ascending', 'descending']) }),
      z.strictObject({ property: z.literal('relevance') }),
    ])
    .optional(),
  filter: z
    .strictObject({
      property: z.literal('object').optional(),
      value: z.enum(['page', 'data_source']).optional(),
      in_trash: z.boolean().optional(),
    })
    .refine((filter) => (filter.property === undefined) === (filter.value === undefined))
    .optional(),
  ...pageFields,
})
const querySchema = z.strictObject({
  filter: z.record(z.string(), z.unknown()).optional(),
  sorts: sortsSchema.optional(),
  in_trash: z.boolean().optional(),
  archived: z.boolean().optional(),
  result_type: z.enum(['page', 'data_source']).optional(),
  ...pageFields,
})

/** The calls that read: https://developers.notion.com/reference */
export function addApiRoutes(app: FastifyInstance, { house, access, settings }: ApiParts): void {
  const route = (method: 'GET' | 'POST', url: string, handle: (call: Access, request: FastifyRequest) => object) =>
    app.route({
      method,
      url,
      handler: async (request, reply) => {
        const call = access.of(request)
        const body = present(handle(call, request), {
          version: call.version,
          filesUrl: `${house.origin()}/notion/files`,
          now: house.clock.now(),
        }) as object
        const requestId = randomUUID()
        return reply.header('x-notion-request-id', requestId).send({ ...body, request_id: requestId })
      },
    })

  route('GET', '/v1/users/me', ({ bot, workspace }): UserObjectResponse => {
    const { id, name, email } = workspace.person
    const person = { object: 'user', id, name, avatar_url: null, type: 'person', person: { email } } as const
    return {
      object: 'user',
      id: bot.id,
      name: bot.name,
      avatar_url: null,
      type: 'bot',
      bot: {
        owner: bot.owner === 'user' ? { type: 'user', user: person } : { type: 'workspace', workspace: true },
        workspace_id: workspace.id,
        workspace_name: workspace.title,
        workspace_limits: { max_file_upload_size_in_bytes: 5_242_880 },
      },
    }
  })

  route('POST', '/v1/search', (call, request): SearchResponse => {
    const body = validated(searchSchema, jsonBody(request), 'body')
    const wanted = body.filter?.value
    const inTrash = body.filter?.in_trash ?? false
    const words = (body.query ?? '').toLowerCase()
    const found: (PageObjectResponse | DataSourceObjectResponse)[] = []
    for (const item of call.workspace.items.values()) {
      if (item.kind !== 'page' && item.kind !== 'data_source') continue
      const object = item.kind === 'page' ? item.page : item.dataSource
      if (wanted && object.object !== wanted) continue
      if (object.in_trash !== inTrash || !item.title.toLowerCase().includes(words) || !call.canSee(item)) continue
      found.push(object)
    }
    const up = body.sort && 'direction' in body.sort && body.sort.direction === 'ascending'
    found.sort((a, b) =>
      a.last_edited_time < b.last_edited_time ? 1 : a.last_edited_time > b.last_edited_time ? -1 : 0,
    )
    if (up) found.reverse()
    return limited(found, body)
  })

  /** A page of results that ends at the limit and says so. */
  function limited(
    all: readonly (PageObjectResponse | DataSourceObjectResponse)[],
    asked: { readonly start_cursor?: string | undefined; readonly page_size?: number | undefined },
  ): SearchResponse & QueryDataSourceResponse {
    const { queryResultLimit } = settings()
    return {
      ...onePage(all.slice(0, queryResultLimit), asked, house.pageSize),
      type: 'page_or_data_source',
      page_or_data_source: {},
      request_status:
        all.length > queryResultLimit
          ? { type: 'incomplete', incomplete_reason: 'query_result_limit_reached' }
          : { type: 'complete' },
    }
  }

  route('GET', '/v1/pages/:id', (call, request) => pageOf(call, idParam(request, 'page_id')).page)

  route('GET', '/v1/pages/:id/markdown', (call, request): PageMarkdown => {
    if (call.version !== newestVersion)
      throw validationError(`The page markdown endpoints require Notion-Version ${newestVersion} or later.`)
    const { include_transcript: includeTranscript } = validated(
      z.object({ include_transcript: z.enum(['true', 'false']).optional() }),
      request.query,
      'query',
    )
    const item = readable(call, idParam(request, 'page_id'))
    if (item.kind === 'database' || item.kind === 'data_source')
      throw validationError(`Provided ID ${item.id} is a ${item.kind}, not a page or block.`)
    const page = pageAbove(call, item)
    if (page?.oddity === 'no_markdown') throw validationError('This page cannot be rendered as Markdown.')
    // A copy of a synced block whose original is not shared is asked for and not found.
    if (item.kind === 'block') originalOf(call, item.block)
    const rendered = renderMarkdown(call.workspace, item, {
      canSee: call.canSee,
      includeTranscript: includeTranscript === 'true',
      limit: item.kind === 'page' ? item.markdownBlocks : undefined,
    })
    // Hosted files stand in the middle of the text.
    const how = { version: call.version, filesUrl: `${house.origin()}/notion/files`, now: house.clock.now() }
    return {
      object: 'page_markdown',
      id: item.id,
      markdown: rendered.markdown.replace(/sandbox-file:[\w.]+/g, (file) => String(present(file, how))),
      truncated: rendered.truncated,
      unknown_block_ids: [...rendered.unknownBlockIds],
    }
  })

  route('GET', '/v1/blocks/:id', (call, request): BlockObjectResponse => {
    const item = visible(call, idParam(request, 'block_id'), 'block')
    if (item.kind === 'data_source') throw notFound('block', item.id, call)
    return item.kind === 'block' ? (readable(call, item.id) as BlockItem).block : item.block
  })

  route('GET', '/v1/blocks/:id/children', (call, request): ListBlockChildrenResponse => {
    const asked = validated(pageQuery, request.query, 'query')
    const item = readable(call, idParam(request, 'block_id'))
    const from = item.kind === 'block' ? originalOf(call, item.block) : item
    const blocks = from.children.flatMap((id) => {
      const child = call.workspace.items.get(id)
      return child && 'block' in child && !child.block.in_trash ? [child.block] : []
    })
    return { ...onePage(blocks, asked, house.pageSize), type: 'block', block: {} }
  })

  route('GET', '/v1/databases/:id', (call, request): DatabaseObjectResponse => {
    const item = visible(call, idParam(request, 'database_id'), 'database')
    if (item.kind === 'page')
      throw validationError(`Provided ID ${item.id} is a page, not a database. Use the retrieve page API instead.`)
    if (item.kind !== 'database') throw notFound('database', item.id, call)
    return item.database
  })

  route('GET', '/v1/data_sources/:id', (call, request): DataSourceObjectResponse => sourceOf(call, request).dataSource)

  route('POST', '/v1/data_sources/:id/query', (call, request): QueryDataSourceResponse => {
    const source = sourceOf(call, request)
    const body = validated(querySchema, jsonBody(request), 'body')
    const test = body.filter ? filterTest(body.filter, source) : () => true
    const rows = source.rows.flatMap((id) => {
      const item = call.workspace.items.get(id)
      return item?.kind === 'page' && item.page.in_trash === (body.in_trash ?? body.archived ?? false)
        ? [item.page]
        : []
    })
    const pages = body.result_type === 'data_source' ? [] : sorted(rows.filter(test), body.sorts ?? [], source)
    const answer = limited(pages, body)
    const only = [(request.query as Record<string, string | string[] | undefined>).filter_properties ?? []].flat()
    if (only.length === 0) return answer
    const results = answer.results.map((row) => ({
      ...row,
      properties: Object.fromEntries(
        Object.entries((row as PageObjectResponse).properties).filter(([, value]) => only.includes(value.id)),
      ),
    })) as PageObjectResponse[]
    return { ...answer, results }
  })
}

function notFound(kind: string, id: string, call: Access): NotionError {
  return new NotionError(
    404,
    'object_not_found',
    `Could not find ${kind} with ID: ${id}. Make sure the relevant pages and databases are shared with your integration "${call.bot.name}".`,
  )
}

/** What is not shared does not exist. */
function visible(call: Access, id: string, kind: string): Item {
  const item = call.workspace.items.get(id)
  const gone = item && pageAbove(call, item)?.oddity === 'gone'
  if (!item || gone || !call.canSee(item)) throw notFound(kind, id, call)
  return item
}

/** Visible, and its content may be read. */
function readable(call: Access, id: string): Item {
  const item = visible(call, id, 'block')
  if (pageAbove(call, item)?.oddity === 'restricted')
    throw new NotionError(403, 'restricted_resource', 'Insufficient permissions for this endpoint.')
  return item
}

function pageAbove(call: Access, item: Item): PageItem | undefined {
  let at: Item | undefined = item
  while (at && at.kind !== 'page') at = call.workspace.items.get(at.parentId ?? '')
  return at
}

/** Where the children of a block stand: for a copy of a synced block, below its original. */
function originalOf(call: Access, block: BlockObjectResponse): Item {
  const from = block.type === 'synced_block' ? block.synced_block.synced_from : null
  return visible(call, from?.block_id ?? block.id, 'block')
}

function pageOf(call: Access, id: string): PageItem {
  const item = visible(call, id, 'page')
  if (item.kind === 'database')
    throw validationError(`Provided ID ${id} is a database, not a page. Use the retrieve database API instead.`)
  if (item.kind === 'block')
    throw validationError(`Provided ID ${id} is a block, not a page. Use the retrieve block API instead.`)
  if (item.kind !== 'page') throw notFound('page', id, call)
  return item
}

function sourceOf(call: Access, request: FastifyRequest): DataSourceItem {
  const id = idParam(request, 'data_source_id')
  const item = visible(call, id, 'data_source')
  if (item.kind === 'database')
    throw validationError(`Provided ID ${id} is a database, not a data source. Use one of its data_sources.`)
  if (item.kind !== 'data_source') throw notFound('data_source', id, call)
  return item
}
