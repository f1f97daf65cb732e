import { DataSourceError, isDataSourceError, type Pace } from '@wellhead/datasource-node'
import type { HostedDataSource } from '../load/registry.ts'

/**
 * The pace of a connection with these settings; empty where the data source names none.
 *
 * @throws DataSourceError `misconfigured` when it cannot be told
 */
export function paceOf({ source }: HostedDataSource, settings: Readonly<Record<string, unknown>>): Pace {
  let pace: Pace
  try {
    pace = source.pace?.({ settings }) ?? {}
  } catch (cause) {
    if (isDataSourceError(cause)) throw cause
    throw new DataSourceError('misconfigured', `The pace of ${source.id} cannot be told.`, { cause })
  }
  const { perSecond, parallel, burst } = pace
  const isPace = perSecond === undefined || (Number.isFinite(perSecond) && perSecond > 0)
  const isRoom = [parallel, burst].every((count) => count === undefined || (Number.isInteger(count) && count > 0))
  if (isPace && isRoom) return pace
  throw new DataSourceError('misconfigured', `The pace of ${source.id} is not a number of requests.`)
}
