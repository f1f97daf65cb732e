/**
 * Traces, where the standard variables of OpenTelemetry ask for them
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). This is the one place that knows the SDK: everything
 * else records through `@opentelemetry/api`, which does nothing by itself.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '@wellhead/datasource-node'
import type { Environment } from './environment.ts'

/** One line a minute at most: a collector that is away is away for every batch. */
const SAY_AGAIN_MS = 60_000

const MOST_SHUTDOWN_MS = 5_000

/** Undefined when nobody asks for traces: then the SDK is not even loaded. */
export async function startTelemetry(options: {
  environment: Environment
  /** What this process is called where OTEL_SERVICE_NAME does not say. */
  serviceName: string
  log: Logger
}): Promise<AsyncDisposable | undefined> {
  const { environment, serviceName, log } = options
  const isAsked = environment.OTEL_EXPORTER_OTLP_ENDPOINT ?? environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
  if (!isAsked || environment.OTEL_SDK_DISABLED || environment.OTEL_TRACES_EXPORTER === 'none') return undefined
  const [{ OTLPTraceExporter }, { detectResources, envDetector, resourceFromAttributes }, sdk, conventions] =
    await Promise.all([
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/semantic-conventions'),
    ])

  // Endpoint, headers, sampler and limits are read from the environment by the SDK itself.
  const exporter = new OTLPTraceExporter()
  let saidAt = Number.NEGATIVE_INFINITY
  const provider = new sdk.NodeTracerProvider({
    resource: resourceFromAttributes({ [conventions.ATTR_SERVICE_NAME]: serviceName }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        export: (spans, done) =>
          exporter.export(spans, (result) => {
            if (result.code !== 0 && performance.now() - saidAt > SAY_AGAIN_MS) {
              saidAt = performance.now()
              // Its message may hold what the collector answered, and that what it was sent.
              const { name, code } = (result.error ?? {}) as { name?: string; code?: number | string }
              log.warn('traces could not be exported', { error: name, code })
            }
            done(result)
          }),
        forceFlush: () => exporter.forceFlush(),
        shutdown: () => exporter.shutdown(),
      }),
    ],
  })
  // No propagator: what crosses a boundary is written where it does (the engine's telemetry/trace-context.ts).
  provider.register({ propagator: null })
  return {
    async [Symbol.asyncDispose]() {
      // The last batch goes out if the collector takes it; nobody's end waits longer for that.
      await Promise.race([provider.shutdown().catch(() => {}), delay(MOST_SHUTDOWN_MS, undefined, { ref: false })])
    },
  }
}
