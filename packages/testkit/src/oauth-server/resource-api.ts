/** A small API behind the tokens (RFC 6750): `GET /me`, `GET /items?q=&cursor=`, `GET /items/{id}`. As pure as the authorization server. */
import type { MachineAnswer } from './authorization-server.ts'
import type { Grants } from './grants.ts'
import type { Item, Settings } from './settings.ts'

export interface ResourceApi {
  answer(request: { path: string; query: URLSearchParams; authorization: string | undefined }): MachineAnswer
}

export function createResourceApi(options: {
  now(): number
  settings(): Settings
  grants(): Grants
  readonly items: readonly Item[]
}): ResourceApi {
  const { now, settings } = options

  function list(query: URLSearchParams): MachineAnswer {
    const { pageSize, cursorSeconds } = settings()
    const cursor = query.get('cursor')
    const from = cursor === null ? { offset: 0, at: now() } : readCursor(cursor)
    if (!from) return problem(400, 'invalid_cursor', 'The cursor cannot be read.')
    if (now() >= from.at + cursorSeconds * 1000) return problem(410, 'cursor_expired', 'List from the start again.')
    const wanted = (query.get('q') ?? '').toLowerCase()
    const found = options.items.filter(({ title }) => title.toLowerCase().includes(wanted))
    const end = from.offset + pageSize
    return {
      status: 200,
      body: {
        items: found.slice(from.offset, end).map(entry),
        next_cursor: end < found.length ? writeCursor(end, now()) : null,
      },
    }
  }

  return {
    answer({ path, query, authorization }) {
      const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(authorization ?? '')?.[1]
      // RFC 6750, section 3.1: without a token, no error code.
      if (token === undefined) return challenge(401, undefined, 'Authorize first.')
      const access = options.grants().active(token)
      if (!access) return challenge(401, 'invalid_token', 'The access token is expired, revoked or unknown.')
      const { apiScope } = settings()
      if (apiScope !== null && !access.scopes.includes(apiScope))
        return challenge(403, 'insufficient_scope', `The scope ${apiScope} is needed.`)

      if (path === '/me') return { status: 200, body: { ...access.grant.account } }
      if (path === '/items') return list(query)
      const id = /^\/items\/([^/]+)$/.exec(path)?.[1]
      const item = options.items.find((one) => one.id === decoded(id))
      return item
        ? { status: 200, body: { ...entry(item), markdown: item.markdown } }
        : problem(404, 'not_found', 'There is no such item.')
    },
  }
}

const entry = ({ id, title, url, updatedAt }: Item) => ({ id, title, url, updated_at: updatedAt })

function problem(status: number, error: string, message: string): MachineAnswer {
  return { status, body: { error, message } }
}

function challenge(status: number, error: string | undefined, message: string): MachineAnswer {
  const header = `Bearer realm="items"${error ? `, error="${error}"` : ''}`
  return { status, body: { error: error ?? 'unauthorized', message }, headers: { 'www-authenticate': header } }
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const writeCursor = (offset: number, at: number) => Buffer.from(`${offset}:${at}`).toString('base64url')

function readCursor(cursor: string): { offset: number; at: number } | undefined {
  const match = /^(\d{1,9}):(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString())
  return match ? { offset: Number(match[1]), at: Number(match[2]) } : undefined
}
