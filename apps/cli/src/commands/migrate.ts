import { migrate } from '@wellhead/engine'
import { readEnvironment, required } from '../configuration/environment.ts'

export async function migrateDatabase(): Promise<number> {
  const environment = readEnvironment(process.env)
  const direct = environment.DATABASE_DIRECT_URL ?? required(environment, 'DATABASE_URL')
  await migrate(direct, environment.QUEUE_URL ?? direct)
  console.log('The database is at this version.')
  return 0
}
