export type { SandboxControl } from './control.ts'
export type { Fault, FaultKind } from './faults.ts'
export type { LoggedRequest } from './request-log.ts'
export { type Sandbox, type SandboxOptions, sandboxProviders, startSandbox } from './sandbox.ts'
