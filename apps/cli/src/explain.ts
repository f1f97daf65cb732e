import { ProblemError } from '@wellhead/client'
import { EmbeddedPostgresError } from '@wellhead/embedded'
import { EngineError } from '@wellhead/engine'
import { PluginLoadError } from '@wellhead/plugin-host'
import { ConfigurationError } from './configuration/environment.ts'

/** A sentence for whoever sits at the terminal; a stack only for what should not happen. */
export function explain(error: unknown): string {
  const known = [ConfigurationError, EmbeddedPostgresError, EngineError, PluginLoadError, ProblemError]
  if (known.some((type) => error instanceof type)) return `wellhead: ${(error as Error).message}`
  const code = (error as NodeJS.ErrnoException)?.code
  if (code === 'EADDRINUSE')
    return `wellhead: port ${(error as { port?: number }).port} is taken. Choose another one with --port or WELLHEAD_PORT; for a worker's metrics with WELLHEAD_METRICS_PORT.`
  if (code === 'ECONNREFUSED') return 'wellhead: nothing answers there (connection refused). Is it running?'
  const cause = (error as Error)?.cause
  if (cause && (cause as NodeJS.ErrnoException).code === 'ECONNREFUSED') return explain(cause)
  return `wellhead: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
}
