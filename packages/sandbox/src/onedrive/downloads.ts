import type { FastifyInstance } from 'fastify'
import { sendContent } from '../drive/send-content.ts'
import type { Item } from '../drive/tree.ts'
import type { House } from '../provider.ts'
import { type Account, isGone } from './accounts.ts'
import { cTagOf } from './present.ts'
import type { Seals } from './seals.ts'
import type { OneDriveSettings } from './settings.ts'

interface Pass {
  readonly account: string
  readonly item: string
  /** Milliseconds since the epoch. */
  readonly until: number
}

export interface DownloadParts {
  readonly house: House
  readonly seals: Seals
  settings(): OneDriveSettings
  accounts(): readonly Account[]
}

export interface DownloadUrls {
  /** A URL on the other host that is good by itself, for minutes. */
  fresh(account: Account, item: Item): string
  /** The one that was given before, as long as it has more than half of its life left. */
  usual(account: Account, item: Item): string
}

export function createDownloadUrls({ house, seals, settings }: DownloadParts): DownloadUrls {
  const given = new Map<string, { readonly url: string; readonly name: string; readonly halfAt: number }>()
  const fresh = (account: Account, item: Item) => {
    const until = house.clock.now() + settings().downloadUrlSeconds * 1000
    const pass = seals.seal({ account: account.id, item: item.id, until } satisfies Pass)
    return `${house.downloadOrigin()}/onedrive/download/${encodeURIComponent(item.name)}?tempauth=${pass}`
  }
  return {
    fresh,
    usual(account, item) {
      const now = house.clock.now()
      for (const [id, { halfAt }] of given) if (halfAt <= now) given.delete(id)
      const key = `${account.id} ${item.id}`
      const known = given.get(key)
      if (known?.name === item.name) return known.url
      const url = fresh(account, item)
      given.set(key, { url, name: item.name, halfAt: now + settings().downloadUrlSeconds * 500 })
      return url
    },
  }
}

/**
 * The host behind pre-authenticated URLs. It knows no bearer token: a request that carries one is refused.
 * https://learn.microsoft.com/graph/api/driveitem-get-content
 */
export function addDownloadRoutes(app: FastifyInstance, parts: DownloadParts): void {
  const { house, seals, settings, accounts } = parts
  app.setNotFoundHandler((_request, reply) => reply.code(404).type('text/html').send('<h1>404 Not Found</h1>'))
  app.get<{ Querystring: { tempauth?: unknown } }>('/download/:name', (request, reply) => {
    reply.header('cache-control', 'private, max-age=0')
    const refuse = (status: number, why: string) => reply.code(status).type('text/plain; charset=utf-8').send(why)
    if (request.headers.authorization !== undefined) return refuse(401, '401 UNAUTHORIZED')
    const { tempauth } = request.query
    const pass = typeof tempauth === 'string' ? (seals.open(tempauth) as Pass | undefined) : undefined
    const account = accounts().find(({ id }) => id === pass?.account)
    if (!pass || !account) return refuse(401, '401 UNAUTHORIZED')
    if (house.clock.now() >= pass.until) return refuse(account.kind === 'work' ? 401 : 403, 'The URL has expired.')
    const item = account.tree.get(pass.item)
    if (!item?.content || isGone(account, item)) return refuse(404, '404 FILE NOT FOUND')
    reply.header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(item.name)}`)
    return sendContent(request, reply, {
      content: item.content,
      mimeType: item.mimeType,
      etag: cTagOf(item),
      ranges: !settings().ignoreRange,
    })
  })
}
