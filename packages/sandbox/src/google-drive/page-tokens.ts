import { createHmac, randomBytes } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { invalidValue } from './errors.ts'
import type { GoogleDriveSettings } from './settings.ts'

/** Where a list goes on. */
export interface Place {
  readonly offset: number
  /** The empty page before this one was given. */
  readonly hadEmptyPage: boolean
}

/** Page tokens of lists: opaque, bound to the list that they came from, dead after some hours. */
export function createPageTokens(clock: Clock, settings: () => GoogleDriveSettings) {
  const key = randomBytes(32)
  const sealOf = (payload: string, list: string) =>
    createHmac('sha256', key).update(`${payload} ${list}`).digest('base64url').slice(0, 22)

  function issue(list: string, { offset, hadEmptyPage }: Place): string {
    const payload = Buffer.from(JSON.stringify([offset, hadEmptyPage, clock.now()])).toString('base64url')
    return `~!!~${payload}${sealOf(payload, list)}`
  }

  /** @throws DriveError for one that is dead, or of another list */
  function read(token: string, list: string): Place {
    const [, payload = '', seal = ''] = /^~!!~([\w-]+)([\w-]{22})$/.exec(token) ?? []
    if (payload === '' || sealOf(payload, list) !== seal) throw invalidValue('pageToken')
    const [offset, hadEmptyPage, issuedAt] = JSON.parse(Buffer.from(payload, 'base64url').toString())
    if (clock.now() - issuedAt >= settings().pageTokenSeconds * 1000) throw invalidValue('pageToken')
    return { offset, hadEmptyPage }
  }

  return {
    /** One page of `all`, of at most `size` items, and the token of the next. */
    page<T>(all: readonly T[], list: string, size: number, token: string | undefined) {
      const { offset, hadEmptyPage } = token === undefined ? { offset: 0, hadEmptyPage: false } : read(token, list)
      if (settings().emptyPages && !hadEmptyPage)
        return { items: [], nextPageToken: issue(list, { offset, hadEmptyPage: true }) }
      const end = offset + size
      const next = end < all.length ? { nextPageToken: issue(list, { offset: end, hadEmptyPage: false }) } : {}
      return { items: all.slice(offset, end), ...next }
    },
  }
}

export type PageTokens = ReturnType<typeof createPageTokens>
