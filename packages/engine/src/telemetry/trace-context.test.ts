import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { contextOf, currentTraceparent } from './trace-context.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'

describe('a traceparent (W3C Trace Context, section 3.2)', () => {
  it.each([
    [`00-${traceId}-${spanId}-01`, 1],
    [`00-${traceId}-${spanId}-00`, 0],
    // Flags that came after version 00 are not ours to pass on.
    [`00-${traceId}-${spanId}-ff`, 1],
    // A later version may have more to say.
    [`01-${traceId}-${spanId}-01-what-comes`, 1],
  ])('%s is read', (traceparent, traceFlags) => {
    expect(trace.getSpanContext(contextOf(traceparent))).toEqual({ traceId, spanId, traceFlags, isRemote: true })
  })

  it.each([
    undefined,
    '',
    'nonsense',
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId}-${spanId}-1`,
    ` 00-${traceId}-${spanId}-01`,
  ])('%s begins a trace of its own', (traceparent) => {
    expect(contextOf(traceparent)).toBe(ROOT_CONTEXT)
  })

  it('is not made up where nothing is traced', () => {
    expect(context.active()).toBe(ROOT_CONTEXT)
    expect(currentTraceparent()).toBeUndefined()
  })
})
