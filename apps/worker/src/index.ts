import type { Working, WorkingEngine, WorkOptions } from '@wellhead/engine'
import type { Egress } from '@wellhead/plugin-host'

/** Makes this process a worker: the only kind that talks to providers. It ends by draining. */
export function startWorker(options: { engine: WorkingEngine; egress: Egress } & WorkOptions): Promise<Working> {
  const { engine, ...work } = options
  return engine.work(work)
}
