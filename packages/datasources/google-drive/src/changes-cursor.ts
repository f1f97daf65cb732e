import { DataSourceError } from '@wellhead/datasource-node'

/** A change log and where it is read from next. */
export interface Log {
  /** `null` for that of the user. */
  readonly driveId: string | null
  readonly token: string
}

/** All logs that are followed, the user's first, and which one is read next. */
export interface Position {
  readonly at: number
  readonly logs: readonly Log[]
}

/** Short, as there may be hundreds of drives: `<at>:=<token>,<drive>=<token>,…` */
export const writePosition = ({ at, logs }: Position): string =>
  `${at}:${logs.map(({ driveId, token }) => `${driveId ?? ''}=${encodeURIComponent(token)}`).join(',')}`

/** @throws DataSourceError `invalid_request` for what is no cursor of changes */
export function readPosition(cursor: string): Position {
  const [, at = '', rest = ''] = /^(0|[1-9]\d{0,4}):(.+)$/.exec(cursor) ?? []
  const logs = rest.split(',').map(readLog)
  const drives = logs.slice(1).map((log) => log?.driveId)
  const isValid =
    logs[0]?.driveId === null &&
    drives.every((driveId) => typeof driveId === 'string') &&
    new Set(drives).size === drives.length &&
    Number(at) < logs.length
  if (!isValid) throw new DataSourceError('invalid_request', 'This is not a cursor of changes.')
  return { at: Number(at), logs: logs as Log[] }
}

function readLog(text: string): Log | undefined {
  const [, driveId = '', encoded] = /^([\w-]{0,200})=([\w.~!*'()%-]{1,500})$/.exec(text) ?? []
  if (encoded === undefined) return undefined
  try {
    return { driveId: driveId || null, token: decodeURIComponent(encoded) }
  } catch {
    return undefined
  }
}
