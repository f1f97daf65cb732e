import { DataSourceError, isDataSourceError } from '@wellhead/datasource-node'
import { noOneDrive } from './errors.ts'

/** Where the root of the account's own drive is not found, there is no drive: none was ever set up, or no licence has one. */
export function toldOfNoDrive(error: unknown): never {
  if (!isDataSourceError(error) || error.code !== 'not_found') throw error
  throw new DataSourceError('not_found', noOneDrive, { status: error.status })
}
