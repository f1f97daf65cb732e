import type { drive_v3 } from '@googleapis/drive'
import type { FastifyInstance } from 'fastify'
import type { Change } from '../drive/tree.ts'
import type { Account } from './accounts.ts'
import { type ApiParts, type Params, pageSizeOf, paramsOf } from './api-routes.ts'
import type { Drives } from './drives.ts'
import { DriveError, invalidValue } from './errors.ts'
import { partialResponse } from './fields.ts'
import { type PresentedFile, presentDrive } from './present.ts'
import { shapes, usualFields } from './shapes.ts'

interface PresentedChange extends Omit<drive_v3.Schema$Change, 'file'> {
  readonly file?: PresentedFile
}

/** Tokens of one log are none of another. */
const logNumbers = { user: 10_000, drive: 700_000 } as const

/**
 * https://developers.google.com/workspace/drive/api/guides/about-changes: each user has a log and each shared drive has its own, and what
 * happens inside a shared drive stands in the drive's alone. A log says of each item once that it changed, and how it is now.
 */
export function addChangeRoutes(app: FastifyInstance, { house, access, drives, present }: ApiParts): void {
  app.get('/drive/v3/changes/startPageToken', async (request, reply) => {
    const account = access.of(request, 'metadata')
    const params = paramsOf(request)
    const { base } = logOf(account, drives, params)
    const token: drive_v3.Schema$StartPageToken = {
      kind: 'drive#startPageToken',
      startPageToken: String(base + account.tree.sequence()),
    }
    return reply.send(await partialResponse(token, shapes.startPageToken, params.fields, usualFields.startPageToken))
  })

  app.get('/drive/v3/changes', async (request, reply) => {
    const account = access.of(request, 'metadata')
    const params = paramsOf(request)
    const { base, isInLog } = logOf(account, drives, params)
    const { pageToken } = params
    if (pageToken === undefined)
      throw new DriveError(400, 'required', 'Required parameter: pageToken', { location: 'pageToken' })
    const after = /^\d+$/.test(pageToken) ? Number(pageToken) - base : -1
    if (after < 0 || after > account.tree.sequence()) throw invalidValue('pageToken')

    const size = Math.min(pageSizeOf(params, 1000) ?? 100, house.pageSize)
    const waiting = newest(account.tree.changesSince(after).filter(isInLog))
    const page = waiting.slice(0, size)
    const last = page.at(-1)
    const list: Omit<drive_v3.Schema$ChangeList, 'changes'> & { changes: PresentedChange[] } = {
      kind: 'drive#changeList',
      ...(last && waiting.length > size
        ? { nextPageToken: String(base + last.sequence) }
        : { newStartPageToken: String(base + account.tree.sequence()) }),
      changes: page.map((change) => presentChange(account, change)).filter(wanted(params)),
    }
    return reply.send(await partialResponse(list, shapes.changeList, params.fields, usualFields.changeList))
  })

  function presentChange(account: Account, { item }: Change): PresentedChange {
    const time = new Date(item.modifiedAt).toISOString()
    const driveId = item.space === 'team' ? account.tree.root('team')?.id : undefined
    if (item.space === 'team' && item.parentId === null) {
      const [drive] = drives.of(account)
      const state = drive ? { removed: false, drive: presentDrive(drive) } : { removed: true }
      return { kind: 'drive#change', type: 'drive', changeType: 'drive', time, driveId: item.id, ...state }
    }
    const now = account.tree.get(item.id)
    return {
      kind: 'drive#change',
      type: 'file',
      changeType: 'file',
      time,
      fileId: item.id,
      ...(driveId === undefined ? {} : { driveId }),
      ...(now ? { removed: false, file: present(account, now) } : { removed: true }),
    }
  }
}

function logOf(account: Account, drives: Drives, { driveId, supportsAllDrives }: Params) {
  if (driveId === undefined) {
    const isInLog = ({ item }: Change) => item.space !== 'team' || item.parentId === null
    return { base: logNumbers.user, isInLog }
  }
  if (supportsAllDrives !== 'true')
    throw new DriveError(403, 'supportsTeamDrivesRequired', 'The supportsAllDrives parameter must be set to true.')
  drives.must(account, driveId)
  const isInLog = ({ item }: Change) => item.space === 'team' && item.parentId !== null
  return { base: logNumbers.drive, isInLog }
}

/** Of the changes of one item the last: a newer entry replaces the older ones. */
function newest(changes: readonly Change[]): Change[] {
  const last = new Map(changes.map((change) => [change.itemId, change.sequence]))
  return changes.filter(({ itemId, sequence }) => last.get(itemId) === sequence)
}

function wanted({ includeRemoved, includeItemsFromAllDrives, supportsAllDrives }: Params) {
  const withDrives = includeItemsFromAllDrives === 'true' && supportsAllDrives === 'true'
  return ({ removed, driveId }: PresentedChange) =>
    (removed !== true || includeRemoved !== 'false') && (driveId === undefined || withDrives)
}
