import { createClient } from '@wellhead/client'
import type { Operation } from '@wellhead/engine'
import { operations } from '@wellhead/engine'
import { ConfigurationError } from '../configuration/environment.ts'
import { requireToken } from './connections.ts'

/** Documents go to standard output as they are read; progress and the end go to standard error. */
export async function runNode(
  dataSource: string,
  operation: string,
  options: { url: string; token?: string; connection?: string; parameters: string; cursor?: string },
): Promise<number> {
  if (!(operations as readonly string[]).includes(operation))
    throw new ConfigurationError(`There is no operation ${operation}. There are: ${operations.join(', ')}.`)
  let parameters: Record<string, unknown>
  try {
    parameters = JSON.parse(options.parameters) as Record<string, unknown>
  } catch {
    throw new ConfigurationError('--parameters is not JSON.')
  }
  const client = createClient({ baseUrl: options.url, token: requireToken(options.token) })
  const run = await client.runs.create({
    body: {
      data_source: dataSource,
      operation: operation as Operation,
      parameters,
      ...(options.connection ? { connection_id: options.connection } : {}),
      ...(options.cursor ? { cursor: options.cursor } : {}),
    },
  })
  console.error(`${run.id} ${run.status}`)
  const stop = () => void client.runs.cancel({ params: { id: run.id } }).catch(() => {})
  process.once('SIGINT', stop)
  try {
    for await (const line of client.runs.followDocuments(run.id)) {
      if ('document' in line) console.log(JSON.stringify(line.document))
      else {
        const { status, document_count, error, next_cursor } = line.run
        console.error(
          `${run.id} ${status}, ${document_count} documents${error ? `: ${error.message} (${error.code})` : ''}`,
        )
        for (const warning of line.run.warnings) console.error(`  note: ${warning}`)
        if (next_cursor) console.error(`next cursor: ${next_cursor}`)
        return status === 'completed' ? 0 : 1
      }
    }
    console.error('The stream ended before the run did.')
    return 1
  } finally {
    process.removeListener('SIGINT', stop)
  }
}
