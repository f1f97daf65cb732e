export { describeDataSource } from './suite/describe-data-source.ts'
export { type ErrorFact, oauthStand, type Stand, type StandOAuth, type SuiteFacts } from './suite/stand.ts'
