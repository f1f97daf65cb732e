export { oauthStand } from './stands/oauth-stand.ts'
export { type SandboxFault, type SandboxLike, sandboxStand } from './stands/sandbox-stand.ts'
export { type StandIn, type StandInAnswer, type StandInRequest, startStandIn } from './stands/stand-in.ts'
export type { CaseName } from './suite/cases.ts'
export { describeDataSource } from './suite/describe-data-source.ts'
export type { ErrorFact, SuiteFacts } from './suite/facts.ts'
export {
  type FaultAnswer,
  type Stand,
  type StandFault,
  type StandFiles,
  type StandOAuth,
  standFaultKinds,
  type Trouble,
} from './suite/stand.ts'
