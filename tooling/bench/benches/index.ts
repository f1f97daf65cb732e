import type { Bench } from '../harness/bench.ts'
import { backgroundRefreshes } from './background-refreshes.ts'
import { freshCredential } from './fresh-credential.ts'
import { freshCredentialHttp } from './fresh-credential-http.ts'

export const benches: readonly Bench[] = [freshCredential, freshCredentialHttp, backgroundRefreshes]
