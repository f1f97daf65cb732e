import type { Health as Body } from '@wellhead/client/schema'
import type { Health } from '@wellhead/engine'
import { instant, instantOrNull } from './instant.ts'

export function healthBody({ schedule, failures, ...health }: Health): Body {
  return {
    at: instant(health.at),
    connections: {
      by_status: { ...health.connectionsByStatus },
      failing: failures.total,
      hidden: failures.hidden,
      latest_failures: failures.latest.map(({ error, ...connection }) => ({
        id: connection.id,
        name: connection.name,
        data_source: connection.dataSource,
        status: connection.status,
        error: { code: error.code, message: error.message, at: instant(error.at) },
      })),
    },
    refreshes: {
      schedule: {
        bucket_minutes: schedule.bucketMinutes,
        due: [...schedule.due],
        later: schedule.later,
        overdue: schedule.overdue,
        oldest_overdue_seconds: schedule.oldestOverdueSeconds,
      },
      hours: health.refreshes.map((hour) => ({
        from: instant(hour.from),
        refreshed: hour.refreshed,
        degraded: hour.degraded,
        needs_reauthorization: hour.needsReauthorization,
      })),
    },
    breakers: health.breakers.map((breaker) => ({
      data_source: breaker.dataSource,
      client: { id: breaker.client.id, kind: breaker.client.kind },
      state: breaker.state,
      failures: breaker.failures,
      open_until: instantOrNull(breaker.openUntil),
      reason: breaker.reason,
      connections: breaker.connections,
    })),
    runs: { by_status: { ...health.runsByStatus } },
    queue: health.jobs?.map(({ queue, state, count }) => ({ name: queue, state, jobs: count })) ?? null,
  }
}
