import type { Working, WorkingEngine, WorkOptions } from '@wellhead/engine'
import type { Egress } from '@wellhead/plugin-host'
import { type MetricsAddress, serveMetrics } from './metrics.ts'

export interface WorkerOptions extends WorkOptions {
  readonly engine: WorkingEngine
  readonly egress: Egress
  /** Where its counts are served. Default: nowhere. */
  readonly metrics?: MetricsAddress | undefined
}

export interface Worker extends Working {
  /** The port that its counts are served on. */
  readonly metricsPort: number | undefined
}

/** Makes this process a worker: the only kind that talks to providers. It ends by draining. */
export async function startWorker({ engine, metrics, ...work }: WorkerOptions): Promise<Worker> {
  // First: where its port is taken, it takes no jobs.
  const served = metrics && (await serveMetrics(engine, metrics))
  try {
    const working = await engine.work(work)
    return {
      metricsPort: served?.port,
      async drain() {
        await working.drain()
        await served?.close()
      },
    }
  } catch (error) {
    await served?.close()
    throw error
  }
}
