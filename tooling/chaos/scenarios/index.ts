import type { Scenario } from '../harness/scenario.ts'
import { readsAtExpiry } from './a-reads-at-expiry.ts'

export const scenarios: readonly Scenario[] = [readsAtExpiry]
