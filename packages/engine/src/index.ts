export type * from './engine.ts'
export { EngineError, type EngineErrorCode, engineErrorCodes } from './errors.ts'
export * from './model.ts'
