/** What OpenTelemetry calls a collector: takes traces over OTLP/HTTP as JSON and keeps them. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface CollectedSpan {
  readonly service: string
  readonly name: string
  /** 2 server, 3 client, 4 producer, 5 consumer; 1 everything else. */
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly attributes: Readonly<Record<string, string | number>>
  /** Milliseconds. */
  readonly startedAt: number
  readonly endedAt: number
}

export interface Collector extends AsyncDisposable {
  /** Turns traces on in a process, and has them sent soon. */
  readonly env: Readonly<Record<string, string>>
  spans(): readonly CollectedSpan[]
  /** Everything that was sent here, headers included. */
  received(): string
}

interface OtlpValue {
  readonly stringValue?: string
  readonly intValue?: number | string
}
type OtlpAttributes = readonly { readonly key: string; readonly value: OtlpValue }[]
interface OtlpSpan {
  readonly name: string
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes: OtlpAttributes
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
}

export async function startCollector(): Promise<Collector> {
  const bodies: string[] = []
  const headers: string[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    bodies.push(body)
    headers.push(JSON.stringify([request.url, request.headers]))
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_BSP_SCHEDULE_DELAY: '100' },
    spans: () => bodies.flatMap(spansOf),
    received: () => [...bodies, ...headers].join('\n'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function spansOf(body: string): CollectedSpan[] {
  const { resourceSpans } = JSON.parse(body) as {
    resourceSpans: { resource: { attributes: OtlpAttributes }; scopeSpans: { spans: OtlpSpan[] }[] }[]
  }
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ attributes, startTimeUnixNano, endTimeUnixNano, parentSpanId, ...span }) => ({
        ...span,
        service: String(valuesOf(resource.attributes)['service.name']),
        parentSpanId: parentSpanId || undefined,
        attributes: valuesOf(attributes),
        startedAt: Number(BigInt(startTimeUnixNano) / 1_000n) / 1_000,
        endedAt: Number(BigInt(endTimeUnixNano) / 1_000n) / 1_000,
      })),
    ),
  )
}

function valuesOf(attributes: OtlpAttributes): Record<string, string | number> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]))
}
