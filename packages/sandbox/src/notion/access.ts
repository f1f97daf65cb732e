import type { FastifyRequest } from 'fastify'
import type { Clock } from '../clock.ts'
import { idOf } from './content/ids.ts'
import type { Item, Workspace } from './content/workspace.ts'
import { NotionError, validationError } from './errors.ts'
import type { Grants } from './grants.ts'
import type { NotionSettings } from './settings.ts'

/** A made-up secret of an internal connection. */
export const internalKey = 'ntn_SandboxInternalConnectionSecret0000000000000000'

export const newestVersion = '2026-03-11'
/** The versions since databases have data sources; the sandbox speaks no older ones. */
const spoken = ['2025-09-03', newestVersion]
const older = ['2021-05-11', '2021-05-13', '2021-08-16', '2022-02-22', '2022-06-28']

/** Whose call it is and what it may see. */
export interface Access {
  readonly version: string
  readonly workspace: Workspace
  readonly bot: { readonly id: string; readonly name: string; readonly owner: 'user' | 'workspace' }
  canSee(item: Item): boolean
}

export interface AccessParts {
  readonly clock: Clock
  readonly grants: Grants
  readonly settings: () => NotionSettings
  readonly internal: Workspace
  readonly workspaceOf: (personId: string) => Workspace | undefined
}

/** Bearer token, version header and rate limit of every call but those of OAuth. */
export function createAccess(parts: AccessParts): { of(request: FastifyRequest): Access; clear(): void } {
  const { clock, grants, settings, internal, workspaceOf } = parts
  /** Bot id -> times of its calls in the last 60 seconds. */
  const calls = new Map<string, number[]>()

  function limit(botId: string): void {
    const { rateLimitPerMinute } = settings()
    if (rateLimitPerMinute === null) return
    const now = clock.now()
    const recent = (calls.get(botId) ?? []).filter((at) => now - at < 60_000)
    calls.set(botId, recent)
    if (recent.length < rateLimitPerMinute) {
      recent.push(now)
      return
    }
    const seconds = String(Math.max(1, Math.ceil((recent[0]! + 60_000 - now) / 1000)))
    throw rateLimited(seconds)
  }

  function bearer(request: FastifyRequest): Omit<Access, 'version'> {
    const [, secret = ''] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? []
    if (secret === internalKey)
      return {
        workspace: internal,
        bot: { id: idOf('bot/internal'), name: 'Sample internal connection', owner: 'workspace' },
        canSee: () => true,
      }
    const found = grants.find(secret)
    const workspace = found?.kind === 'access' && found.live ? workspaceOf(found.grant.personId) : undefined
    if (!found || !workspace) throw new NotionError(401, 'unauthorized', 'API token is invalid.')
    const picked = new Set(found.grant.pages)
    return {
      workspace,
      bot: { id: found.grant.botId, name: 'Wellhead', owner: 'user' },
      canSee(item) {
        for (let at: Item | undefined = item; at; at = workspace.items.get(at.parentId ?? ''))
          if (picked.has(at.id)) return true
        return false
      },
    }
  }

  return {
    of(request) {
      const access = bearer(request)
      const version = request.headers['notion-version']
      if (version === undefined)
        throw new NotionError(
          400,
          'missing_version',
          'Notion-Version header failed validation: Notion-Version header should be defined, instead was `undefined`.',
        )
      if (typeof version !== 'string' || !spoken.includes(version)) {
        const why = older.includes(String(version)) ? ' (the sandbox speaks no version from before data sources)' : ''
        const allowed = spoken.map((each) => `\`"${each}"\``).join(' or ')
        throw validationError(
          `Notion-Version header failed validation: Notion-Version header should be ${allowed}, instead was \`"${version}"\`${why}.`,
        )
      }
      limit(access.bot.id)
      return { ...access, version }
    },
    clear: () => calls.clear(),
  }
}

/** https://developers.notion.com/reference/request-limits */
export function rateLimited(seconds: string): NotionError {
  return new NotionError(429, 'rate_limited', 'You have been rate limited. Please try again in a few minutes.', {
    headers: { 'retry-after': seconds },
    additionalData: { rate_limit_reason: 'public_api_request_rate_limit', retry_after: seconds },
  })
}
