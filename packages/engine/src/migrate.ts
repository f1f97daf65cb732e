import { migrateTables } from './db/migrate.ts'
import { openQueueBackend } from './jobs/backend.ts'

/** Brings the engine's tables, and the queue's where it keeps some in PostgreSQL, to this version. */
export async function migrate(databaseDirectUrl: string, queueUrl: string = databaseDirectUrl): Promise<void> {
  await migrateTables(databaseDirectUrl)
  const backend = openQueueBackend(queueUrl)
  try {
    await backend.migrate()
  } finally {
    await backend.close()
  }
}
