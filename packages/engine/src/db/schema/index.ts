export * from './connections.ts'
export * from './records.ts'
export * from './runs.ts'
export * from './tenancy.ts'
