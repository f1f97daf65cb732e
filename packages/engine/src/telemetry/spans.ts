/**
 * Spans: what a piece of work was part of, and how long it took. They go to whatever SDK the process has registered with
 * `@opentelemetry/api`; without one nothing is recorded and next to nothing is done.
 *
 * What a span may tell is `Facts`, and no more: ids of ours, words of closed lists, hosts and statuses. Never the path or query of a URL,
 * a header or a body, and of an error its code: its message and stack may repeat any of them.
 */
import {
  type Attributes,
  type Context,
  context,
  ProxyTracerProvider,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { contextOf } from './trace-context.ts'

// https://opentelemetry.io/docs/specs/semconv/http/http-spans/ where it has a name, our own elsewhere.
const names = {
  connectionId: 'wellhead.connection.id',
  runId: 'wellhead.run.id',
  authorizationId: 'wellhead.authorization.id',
  dataSource: 'wellhead.data_source',
  trigger: 'wellhead.refresh.trigger',
  grant: 'wellhead.grant_type',
  outcome: 'wellhead.outcome',
  queue: 'wellhead.queue',
  route: 'http.route',
  method: 'http.request.method',
  status: 'http.response.status_code',
  host: 'server.address',
  port: 'server.port',
  error: 'error.type',
} as const

export type Facts = { readonly [Name in keyof typeof names]?: string | number | undefined }
export type Tell = (facts: Facts) => void

/** A span that its opener ends. */
export interface OpenSpan {
  /** What is done in here is a part of it. */
  readonly context: Context
  readonly tell: Tell
  end(error?: unknown): void
}

/** A part of the work under way. Where that is not traced, this is not either: nobody would look for it. */
export async function part<Value>(
  name: string,
  facts: Facts,
  act: (tell: Tell) => Promise<Value>,
  kind: SpanKind = SpanKind.INTERNAL,
): Promise<Value> {
  return trace.getActiveSpan() ? within(openSpan(name, { facts, kind }), act) : act(() => {})
}

/** Work that comes from elsewhere: its parent, if it has one, is in another process. */
export function arrived<Value>(
  name: string,
  options: { facts: Facts; kind: SpanKind; traceparent: string | undefined },
  act: (tell: Tell) => Promise<Value>,
): Promise<Value> {
  return within(openSpan(name, { ...options, parent: contextOf(options.traceparent) }), act)
}

/** A part that is ended where it is not known when it begins; `startTime`: it began earlier. */
export function openPart(name: string, startTime: Date): OpenSpan {
  if (trace.getActiveSpan()) return openSpan(name, { facts: {}, startTime })
  return { context: context.active(), tell() {}, end() {} }
}

export function openSpan(
  name: string,
  options: { facts: Facts; kind?: SpanKind; parent?: Context; startTime?: Date },
): OpenSpan {
  const parent = options.parent ?? context.active()
  if (!isTraced()) return { context: parent, tell() {}, end() {} }
  const { kind = SpanKind.INTERNAL, startTime } = options
  const attributes = attributesOf(options.facts)
  const span = trace
    .getTracer('wellhead')
    .startSpan(name, { kind, attributes, ...(startTime ? { startTime } : {}) }, parent)
  return {
    context: trace.setSpan(parent, span),
    tell: (facts) => void span.setAttributes(attributesOf(facts)),
    end(error) {
      if (error !== undefined) failed(span, error)
      span.end()
    },
  }
}

/** Whether the process has registered an SDK. */
export function isTraced(): boolean {
  const provider = trace.getTracerProvider()
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer('wellhead') !== undefined
}

async function within<Value>(span: OpenSpan, act: (tell: Tell) => Promise<Value>): Promise<Value> {
  try {
    const value = await context.with(span.context, () => act(span.tell))
    span.end()
    return value
  } catch (error) {
    span.end(error ?? new Error('nothing was thrown'))
    throw error
  }
}

function failed(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR })
  span.setAttribute(names.error, errorName(error))
}

/** The code of an error, else the name of its class. */
export function errorName(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown }
  for (const word of [code, name]) if (typeof word === 'string' && /^[\w.-]{1,64}$/.test(word)) return word
  return 'error'
}

function attributesOf(facts: Facts): Attributes {
  const attributes: Attributes = {}
  for (const [name, value] of Object.entries(facts))
    if (value !== undefined && value !== '') attributes[names[name as keyof Facts]] = value
  return attributes
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Of a request that goes out: where to, and no more of the URL than that. */
export function requestFacts(url: string | URL, method: string): Facts {
  const { hostname, port, protocol } = URL.parse(String(url)) ?? { hostname: '', port: '', protocol: '' }
  const named = method.toUpperCase()
  return {
    method: methods.has(named) ? named : '_OTHER',
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (protocol === 'http:' ? 80 : 443)),
  }
}
