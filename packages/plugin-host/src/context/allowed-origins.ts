import { DataSourceError } from '@wellhead/datasource-node'
import type { HostedDataSource } from '../load/registry.ts'

/**
 * The origins (scheme, host and port) that a data source's credential may be sent to.
 *
 * @throws DataSourceError `misconfigured` when one of them is not an http(s) URL
 */
export function allowedOrigins(
  hosted: HostedDataSource,
  settings: Readonly<Record<string, unknown>>,
): ReadonlySet<string> {
  const { source, endpoints } = hosted
  const urls = source.hosts ? source.hosts({ endpoints, settings }) : [endpoints.api]
  return new Set(urls.map((text) => originOf(text, source.id)))
}

function originOf(text: string, id: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  // Any other scheme has the origin "null", which would let every one of them pass.
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new DataSourceError('misconfigured', `A host of the data source ${id} is not an http(s) URL.`)
  }
  return url.origin
}
