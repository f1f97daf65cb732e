/**
 * - `plugin_not_found`: no package or file of that name.
 * - `plugin_load_failed`: importing it threw.
 * - `plugin_invalid`: it exports no data source, or one that breaks the contract.
 * - `plugin_spec_version`: it was written against another version of the contract.
 * - `plugin_duplicate_id`: two data sources have the same id.
 * - `plugin_unknown_override`: the configuration overrides a data source or an endpoint that does not exist.
 */
export type PluginLoadErrorCode =
  | 'plugin_not_found'
  | 'plugin_load_failed'
  | 'plugin_invalid'
  | 'plugin_spec_version'
  | 'plugin_duplicate_id'
  | 'plugin_unknown_override'

/** Why the data sources cannot be loaded. The message names the specifier, the file where there is one, and the reason. */
export class PluginLoadError extends Error {
  readonly code: PluginLoadErrorCode
  /** The plugin as configured, or the id of a builtin or overridden data source. */
  readonly specifier: string
  readonly file?: string

  constructor(
    code: PluginLoadErrorCode,
    reason: string,
    where: { specifier: string; file?: string | undefined; cause?: unknown },
  ) {
    const file = where.file && where.file !== where.specifier ? ` (${where.file})` : ''
    super(`${where.specifier}${file}: ${reason}`)
    this.name = 'PluginLoadError'
    this.code = code
    this.specifier = where.specifier
    if (where.file) this.file = where.file
    if (where.cause !== undefined) Object.defineProperty(this, 'cause', { value: where.cause, enumerable: false })
  }
}
