import type { Scenario } from '../harness/scenario.ts'
import { readsAtExpiry } from './a-reads-at-expiry.ts'
import { slowProvider } from './b-slow-provider.ts'
import { killedWorkers } from './c-killed-workers.ts'
import { servicesAway } from './d-services-away.ts'
import { providerDown } from './e-provider-down.ts'
import { wrongSecret } from './f-wrong-secret.ts'
import { rush } from './g-rush.ts'
import { handsInBetween } from './h-hands-in-between.ts'
import { pausedWorkers } from './i-paused-workers.ts'
import { keysAndRestore } from './j-keys-and-restore.ts'

export const scenarios: readonly Scenario[] = [
  readsAtExpiry,
  slowProvider,
  killedWorkers,
  servicesAway,
  providerDown,
  wrongSecret,
  rush,
  handsInBetween,
  pausedWorkers,
  keysAndRestore,
]
