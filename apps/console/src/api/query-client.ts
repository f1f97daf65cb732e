import { QueryClient } from '@tanstack/react-query'
import { ProblemError } from '@wellhead/client'

const RETRIES = 2

/** What was read from the API. Events keep it up to date; what changes without one is read again when the reader comes back. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 20_000,
        // A refusal is an answer; a fault of the way or the server may pass.
        retry: (failures, error) => failures < RETRIES && !(error instanceof ProblemError && error.status < 500),
        retryDelay: (failures) => 500 * 2 ** failures,
      },
    },
  })
}
