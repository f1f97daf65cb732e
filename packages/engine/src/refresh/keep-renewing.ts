import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '@wellhead/datasource-node'
import { reasonOf } from '../db/until-it-lands.ts'
import type { Lease } from './lease.ts'
import type { RefreshStore } from './store.ts'

/**
 * Keeps a short lease while its call is under way, until what it returns is called. Where the lease is lost all the same, the answer is
 * written as a late one.
 */
export function keepRenewing(store: Pick<RefreshStore, 'renewLease'>, lease: Lease, log: Logger): () => void {
  const { connectionId, term } = lease
  if (!term.isRenewed) return () => {}
  const ended = new AbortController()
  const renew = async () => {
    while (!ended.signal.aborted) {
      await delay(term.ms / 4, undefined, { signal: ended.signal }).catch(() => {})
      if (ended.signal.aborted) return
      await store
        .renewLease(lease)
        .catch((error) => log.warn('a lease was not renewed', { connectionId, error: reasonOf(error) }))
    }
  }
  void renew()
  return () => ended.abort()
}
