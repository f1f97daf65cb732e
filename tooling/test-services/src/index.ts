export { createTestDatabase, type TestDatabase, type TestDatabaseOptions } from './database.ts'
export { describeWithRedis, type TestRedis, testRedis } from './redis.ts'
