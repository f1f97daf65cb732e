import { type DataSourceContext, DataSourceError, type DriveChanges, type DriveEntry } from '@wellhead/datasource-node'
import { z } from 'zod'
import { forAllDrives, isError, nextToken, read } from './api.ts'
import { type Log, type Position, readPosition, writePosition } from './changes-cursor.ts'
import { driveSchema, readDrives } from './drives.ts'
import { driveEntryOf, entryOf } from './entries.ts'
import { itemSchema, listedFields } from './items.ts'

const startSchema = z.looseObject({ startPageToken: z.string().min(1) })

const changeSchema = z.looseObject({
  changeType: z.string().nullish(),
  removed: z.boolean().nullish(),
  fileId: z.string().nullish(),
  file: itemSchema.nullish(),
  driveId: z.string().nullish(),
  drive: driveSchema.nullish(),
})

const changesSchema = z.looseObject({
  nextPageToken: z.string().nullish(),
  newStartPageToken: z.string().nullish(),
  changes: z.array(changeSchema),
})

/**
 * What changed anywhere, as one page of one log.
 *
 * Google keeps a log for each user and one for each shared drive, and what happens inside a drive stands reliably in the
 * drive's alone: https://developers.google.com/workspace/drive/api/guides/about-changes. So all of them are read in turn, the
 * user's first. It also says which drives came and went, and those logs are taken up and dropped.
 */
export async function changes(ctx: DataSourceContext, { cursor }: { cursor?: string }): Promise<DriveChanges> {
  if (cursor === undefined) {
    const logs = await startLogs(ctx)
    return { changed: [], deleted: [], nextCursor: writePosition({ at: 0, logs }), hasMore: false }
  }
  const position = readPosition(cursor)
  const log = position.logs[position.at]!
  try {
    return await readPage(ctx, position, log)
  } catch (error) {
    if (log.driveId === null || !isError(error, 'not_found')) throw error
    // Not a member any more: with the drive goes all that was in it.
    const logs = position.logs.filter((one) => one !== log)
    return { changed: [], deleted: [{ id: log.driveId, path: null }], ...goOn({ at: position.at, logs }) }
  }
}

async function startLogs(ctx: DataSourceContext): Promise<Log[]> {
  const logs = [await startLog(ctx, null)]
  let token: string | undefined
  do {
    const { drives, next } = await readDrives(ctx, token)
    for (const { id } of drives) logs.push(...(await startDriveLog(ctx, id)))
    token = next
  } while (token !== undefined)
  return logs
}

async function startLog(ctx: DataSourceContext, driveId: string | null): Promise<Log> {
  const query = { supportsAllDrives: 'true', ...(driveId === null ? {} : { driveId }) }
  const { startPageToken } = await read(ctx, '/changes/startPageToken', query, startSchema)
  return { driveId, token: startPageToken }
}

/** None when the drive went meanwhile, which the user's log will say. */
async function startDriveLog(ctx: DataSourceContext, driveId: string): Promise<readonly Log[]> {
  try {
    return [await startLog(ctx, driveId)]
  } catch (error) {
    if (!isError(error, 'not_found')) throw error
    return []
  }
}

async function readPage(ctx: DataSourceContext, { at, logs }: Position, log: Log): Promise<DriveChanges> {
  const query = {
    pageToken: log.token,
    pageSize: '1000',
    includeRemoved: 'true',
    // What only left this log, by a move into another drive, comes with its file.
    includeCorpusRemovals: 'true',
    ...forAllDrives,
    ...(log.driveId === null ? {} : { driveId: log.driveId }),
    fields: `nextPageToken,newStartPageToken,changes(changeType,removed,fileId,driveId,file(${listedFields}),drive(id,name))`,
  }
  const page = await read(ctx, '/changes', query, changesSchema)
  const more = nextToken(log.token, page.nextPageToken)
  const token = more ?? page.newStartPageToken
  if (!token) throw new DataSourceError('invalid_response', 'Google Drive does not say where the changes go on.')

  // The last word on an item holds; `null`: it is gone.
  const items = new Map<string, DriveEntry | null>()
  const drives = new Map<string, DriveEntry | null>()
  for (const { changeType, fileId, file, driveId, drive, removed } of page.changes) {
    if (changeType === 'drive' && driveId) drives.set(driveId, drive && !removed ? driveEntryOf(drive) : null)
    else if (fileId) items.set(fileId, file && !file.trashed ? entryOf(file) : null)
  }
  // Which drives there are is said by the user's log.
  const followed = log.driveId === null ? await follow(ctx, logs, drives) : logs
  const all = [...drives, ...items]
  return {
    changed: all.flatMap(([, entry]) => entry ?? []),
    deleted: all.flatMap(([id, entry]) => (entry === null ? [{ id, path: null }] : [])),
    ...goOn({
      at: more === undefined ? at + 1 : at,
      logs: followed.map((one) => (one.driveId === log.driveId ? { ...log, token } : one)),
    }),
  }
}

/** The logs to follow from now on: without those of drives that went, with those of drives that came. */
async function follow(
  ctx: DataSourceContext,
  logs: readonly Log[],
  drives: ReadonlyMap<string, DriveEntry | null>,
): Promise<readonly Log[]> {
  const kept = logs.filter(({ driveId }) => driveId === null || drives.get(driveId) !== null)
  for (const [id, entry] of drives) {
    const isKnown = kept.some(({ driveId }) => driveId === id)
    if (entry !== null && !isKnown) kept.push(...(await startDriveLog(ctx, id)))
  }
  return kept
}

/** After the last log the next round begins with the first. */
function goOn({ at, logs }: Position): { nextCursor: string; hasMore: boolean } {
  const hasMore = at < logs.length
  return { nextCursor: writePosition({ at: hasMore ? at : 0, logs }), hasMore }
}
