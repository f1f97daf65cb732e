export { check, type Violation } from './check.ts'
export { type House, readHouse, type WorkspacePackage } from './house.ts'
export { type Rules, rules } from './rules.ts'
