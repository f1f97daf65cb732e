import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Item } from '../drive/tree.ts'
import type { House } from '../provider.ts'
import type { Access } from './access.ts'
import type { Account, AccountDrive } from './accounts.ts'
import { type Action, findDrive, findItem, noDrive, readAddress } from './address.ts'
import { childrenPage } from './children.ts'
import { deltaPage } from './delta.ts'
import { createDownloadUrls, type DownloadParts } from './downloads.ts'
import { accessDenied, GraphError, invalidRequest } from './graph-errors.ts'
import { cTagOf, showDrive, showItem, showUser } from './present.ts'
import { readQuery, selected } from './query.ts'

export interface GraphParts extends DownloadParts {
  readonly house: House
  readonly access: Access
  /** Tokens of pages and deltas of another epoch are good no more. */
  epoch(): number
}

/** https://learn.microsoft.com/graph/api/resources/onedrive, the part that reads. */
export function addGraphRoutes(app: FastifyInstance, parts: GraphParts): void {
  const { house, access, settings, seals } = parts
  const urls = createDownloadUrls(parts)
  const base = () => `${house.origin()}/onedrive/v1.0`

  app.all('/v1.0/*', (request, reply) => {
    const [path = '', search = ''] = request.url.slice('/onedrive/v1.0'.length).split(/\?(.*)/s)
    const address = readAddress(path)
    const account = access.of(
      request,
      path.startsWith('/me') && !path.startsWith('/me/drive') ? 'User.Read' : 'Files.Read',
    )
    reply.headers({ 'request-id': randomUUID(), 'cache-control': 'no-store, no-cache' })
    if (!address) throw new GraphError(400, 'BadRequest', 'Resource not found for the segment.')
    // The permissions are those to read.
    if (request.method !== 'GET' && request.method !== 'HEAD') throw accessDenied()
    const query = new URLSearchParams(search)
    if (address.kind === 'me') return send(reply, 'users/$entity', chosen(showUser(account), query))
    if (address.kind === 'photo')
      throw new GraphError(
        404,
        'ImageNotFound',
        "Exception of type 'Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException' was thrown.",
      )
    if (settings().noDrive) throw noDrive(account.kind)
    if (address.kind === 'drives') {
      const drives = account.drives.filter(({ listed }) => listed)
      return send(reply, 'drives', { value: drives.map((drive) => chosen(showDrive(account, drive), query)) })
    }
    const drive = findDrive(account, address.driveId)
    if (settings().remoteForbidden && drive.space === 'shared_with_me') throw accessDenied()
    if (address.kind === 'drive') return send(reply, 'drives/$entity', chosen(showDrive(account, drive), query))
    const item = findItem(account, drive, address.item)
    return answer(request, reply, { account, drive, item, action: address.action, path, query })
  })

  interface Asked {
    readonly account: Account
    readonly drive: AccountDrive
    readonly item: Item
    readonly action: Action | null
    readonly path: string
    readonly query: URLSearchParams
  }

  function answer(request: FastifyRequest, reply: FastifyReply, asked: Asked): FastifyReply {
    const { account, drive, item, action, path, query } = asked
    const urlOf = (file: Item) => urls.fresh(account, file)
    const pageSize = house.pageSize
    if (action === 'content') return redirect(request, reply, asked)
    if (action === null) {
      const { select } = readQuery(query, { known: ['$select'], pageSize })
      return send(reply, 'driveItem/$entity', selected(showItem(account, item, { urlOf }), select))
    }
    const linkTo = (name: string, token: string, bound: string) =>
      `${base()}${path}?${bound ? `${bound}&` : ''}${name}=${token}`
    if (action === 'children') {
      // A shortcut's children are those of its target, in the target's drive.
      if (item.kind === 'shortcut') throw invalidRequest('The item is a remote item.')
      const asks = readQuery(query, { known: ['$select', '$top', '$orderby', '$skiptoken'], pageSize })
      const page = childrenPage(account, item, asks, { seals, epoch: parts.epoch() })
      return send(reply, 'driveItems', {
        value: page.items.map((each) => selected(showItem(account, each, { urlOf }), asks.select)),
        ...(page.next ? { '@odata.nextLink': linkTo('$skiptoken', page.next, asks.bound) } : {}),
      })
    }
    if (item.parentId !== null) throw invalidRequest('A delta is told of the root of a drive.')
    const asks = readQuery(query, { known: ['$select', '$top', 'token'], pageSize })
    const restartUrl = `${base()}${path}`
    const page = deltaPage(account, drive, asks, { seals, epoch: parts.epoch(), restartUrl, urlOf })
    return send(reply, 'driveItems', {
      value: page.items.map((each) => selected(each, asks.select)),
      [page.link]: linkTo('token', page.token, asks.bound),
    })
  }

  /** Never the bytes themselves: they lie on another host. */
  function redirect(request: FastifyRequest, reply: FastifyReply, { account, item, query }: Asked): FastifyReply {
    if (query.has('format')) throw new GraphError(406, 'notAcceptable', 'The sandbox converts nothing.')
    if (item.oddity === 'malware') throw accessDenied('malwareDetected')
    if (item.kind !== 'file') throw invalidRequest('The item has no content.')
    const wanted = request.headers['if-none-match']
    if (wanted !== undefined && wanted === cTagOf(item)) return reply.code(304).send()
    return reply.code(302).header('location', urls.usual(account, item)).send()
  }

  function send(reply: FastifyReply, what: string, body: object): FastifyReply {
    return reply
      .type('application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8')
      .send(JSON.stringify({ '@odata.context': `${base()}/$metadata#${what}`, ...body }))
  }
}

/** `$select` of what is no item. @throws GraphError for another option */
function chosen<Shown extends object>(shown: Shown, query: URLSearchParams): Partial<Shown> {
  for (const name of query.keys())
    if (name !== '$select') throw invalidRequest(`The query parameter '${name}' is not supported here.`)
  const select = query.get('$select')?.split(',')
  const unknown = select?.find((name) => !Object.hasOwn(shown, name))
  if (unknown !== undefined) throw invalidRequest(`Could not find a property named '${unknown}'.`)
  return selected(shown, select)
}
