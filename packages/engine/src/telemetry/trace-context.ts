/**
 * The place of a piece of work in its trace, as it crosses HTTP and the queue: the `traceparent` of W3C Trace Context
 * (https://www.w3.org/TR/trace-context/#traceparent-header). Read and written here and nowhere else, and only where it is
 * asked for, so that no request to a provider ever carries one.
 */
import { type Context, context, isSpanContextValid, ROOT_CONTEXT, trace } from '@opentelemetry/api'

/** What the work under way would be called by its parts; undefined when it is not traced. */
export function currentTraceparent(): string | undefined {
  const span = trace.getSpanContext(context.active())
  if (!span || !isSpanContextValid(span)) return undefined
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`
}

// A version after 00 may have more to say behind another dash; what is known of it stands in front.
const pattern = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** The context of work that is a part of that one. What cannot be read begins a trace of its own, as the specification asks. */
export function contextOf(traceparent: string | undefined): Context {
  const [, version, traceId = '', spanId = '', flags = '', more] = pattern.exec(traceparent ?? '') ?? []
  const span = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true }
  if (!isSpanContextValid(span) || (version === '00' && more !== undefined)) return ROOT_CONTEXT
  return trace.setSpanContext(ROOT_CONTEXT, span)
}
