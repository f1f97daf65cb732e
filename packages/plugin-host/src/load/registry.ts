import type { DataSource, Endpoints } from '@wellhead/datasource-node'

/** Pages of the sandbox that stand in for those of the provider. */
export interface SandboxPages {
  /** Where a sample key is shown. */
  readonly keys?: string
  /** Where an OAuth client is registered. */
  readonly registration?: string
  /** A web site to crawl. */
  readonly site?: string
}

/** A data source that was loaded and checked. */
export interface HostedDataSource {
  readonly source: DataSource
  /** The source's endpoints with the operator's overrides applied. */
  readonly endpoints: Endpoints
  /** `builtin`, or the specifier it was loaded by. */
  readonly from: string
  /** Whether its endpoints are those of the sandbox. */
  readonly sandbox: boolean
  readonly sandboxPages?: SandboxPages
}

export interface Registry {
  get(id: string): HostedDataSource | undefined
  /** In the order of configuration, builtin ones first. */
  all(): readonly HostedDataSource[]
}
