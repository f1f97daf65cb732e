import type { Bench } from '../harness/bench.ts'
import { backgroundRefreshes } from './background-refreshes.ts'
import { dueScan } from './due-scan.ts'
import { freshCredential } from './fresh-credential.ts'
import { freshCredentialHttp } from './fresh-credential-http.ts'
import { memory } from './memory.ts'
import { preflight } from './preflight.ts'
import { sealing } from './sealing.ts'

export const benches: readonly Bench[] = [
  freshCredential,
  freshCredentialHttp,
  backgroundRefreshes,
  dueScan,
  memory,
  sealing,
  preflight,
]
