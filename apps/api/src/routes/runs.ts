import { type DocumentLine, finalRunEvents, routes } from '@wellhead/client/schema'
import type { Actor, Document, Event } from '@wellhead/engine'
import type { FastifyRequest } from 'fastify'
import { ApiProblem } from '../problems.ts'
import { eventBody } from '../representations/records.ts'
import { documentBody, runBody } from '../representations/run.ts'
import type { RouteContext } from './context.ts'
import { afterOf } from './events.ts'

/** Characters of text that a page of documents may hold before it is cut short. */
const PAGE_TEXT = 8_000_000
/** Documents asked of the engine at a time: each may hold 1 MB of text. */
const BATCH = 8
/** Milliseconds between two looks for documents while a run goes on. */
const LOOK_MS = 500

export function registerRuns({ register, engine, streams, publicUrl }: RouteContext): void {
  register(routes.runs.create, async ({ actor, body }) => {
    const { connection_id: connectionId, parameters, cursor } = body
    const input = {
      ...(connectionId === undefined ? {} : { connectionId }),
      ...(parameters === undefined ? {} : { parameters }),
      ...(cursor === undefined ? {} : { cursor }),
    }
    const run = await engine.runs.create(
      actor,
      'pipeline_id' in body
        ? {
            ...input,
            pipelineId: body.pipeline_id,
            nodeId: body.node_id,
            ...(body.operation === undefined ? {} : { operation: body.operation }),
            ...(body.variables === undefined ? {} : { variables: body.variables }),
          }
        : { ...input, dataSource: body.data_source, operation: body.operation },
    )
    return { status: 201, body: runBody(run) }
  })

  register(routes.runs.list, async ({ actor, query }) => {
    const { connection_id: connectionId, pipeline_id: pipelineId, node_id: nodeId, ...page } = query
    const { items, nextCursor } = await engine.runs.list(actor, {
      ...page,
      ...(connectionId === undefined ? {} : { connectionId }),
      ...(pipelineId === undefined ? {} : { pipelineId }),
      ...(nodeId === undefined ? {} : { nodeId }),
    })
    return { status: 200, body: { items: items.map(runBody), next_cursor: nextCursor } }
  })

  register(routes.runs.get, async ({ actor, params }) => ({
    status: 200,
    body: runBody(await engine.runs.get(actor, params.id)),
  }))

  register(routes.runs.cancel, async ({ actor, params }) => ({
    status: 200,
    body: runBody(await engine.runs.cancel(actor, params.id)),
  }))

  register(routes.runs.events, async ({ actor, params, query, request, reply, caller }) => {
    const run = await engine.runs.get(actor, params.id)
    const after = afterOf(request, query) ?? 0
    if (run.finishedAt && after > 0 && !(await hasMore(actor, run.id, after))) return { status: 204 }
    return streams.send(
      reply,
      async function* (signal) {
        for await (const event of engine.events.subscribe(actor, { after, runId: run.id, signal })) {
          yield { id: event.position, event: event.type, data: eventBody(event) }
          if (finalRunEvents.includes(event.type)) return
        }
      },
      caller,
    )
  })

  /** Whether a finished run has an event after this one. They are published within a moment of its end. */
  async function hasMore(actor: Actor, runId: string, after: number): Promise<boolean> {
    const signal = AbortSignal.timeout(1_500)
    try {
      const events = engine.events.subscribe(actor, { after, runId, signal })[Symbol.asyncIterator]()
      const first: IteratorResult<Event> = await events.next()
      await events.return?.()
      return !first.done
    } catch (error) {
      if (signal.aborted) return false
      throw error
    }
  }

  register(routes.runs.documents, async ({ actor, params, query, request, reply, caller }) => {
    const run = await engine.runs.get(actor, params.id)
    const after = query.cursor === undefined ? 0 : Number(query.cursor)
    if (request.method !== 'HEAD' && wantsLines(request))
      return streams.sendLines(reply, (signal) => lines(actor, run.id, after, signal), caller)
    const limit = query.limit ?? 50
    const documents: Document[] = []
    let room = PAGE_TEXT
    let more = true
    let last = after
    while (more && documents.length < limit) {
      const batch = await engine.runs.documents(actor, run.id, {
        after: last,
        limit: Math.min(BATCH, limit - documents.length),
      })
      more = batch.length > 0
      for (const document of batch) {
        room -= document.text?.length ?? 0
        if (room < 0 && documents.length > 0) break
        documents.push(document)
        last = document.sequence
      }
      if (room < 0) break
    }
    // Full, cut short, or the run may still add some: there is somewhere to go on from.
    const next = more || !run.finishedAt
    return {
      status: 200,
      body: {
        items: documents.map((document) => documentBody(document, publicUrl)),
        next_cursor: next ? String(last) : null,
      },
    }
  })

  async function* lines(actor: Actor, id: string, start: number, signal: AbortSignal): AsyncIterable<DocumentLine> {
    let after = start
    while (!signal.aborted) {
      // First whether it has ended, then what there is: so nothing that came before its end is missed.
      const { done, value: run } = await engine.runs.settled(actor, id, 0)
      let found = 0
      for (;;) {
        const batch = await engine.runs.documents(actor, id, { after, limit: BATCH })
        for (const document of batch) yield { document: documentBody(document, publicUrl) }
        after = batch.at(-1)?.sequence ?? after
        found += batch.length
        if (batch.length === 0 || signal.aborted) break
      }
      if (signal.aborted) return
      if (done) {
        yield { run: runBody(run) }
        return
      }
      if (found === 0) await engine.runs.settled(actor, id, LOOK_MS)
    }
  }
}

/** @throws ApiProblem `not_acceptable` */
function wantsLines(request: FastifyRequest): boolean {
  const accept = request.headers.accept ?? '*/*'
  if (/application\/x-ndjson/i.test(accept)) return true
  if (/\*\/\*|application\/(\*|json)/i.test(accept)) return false
  throw new ApiProblem('not_acceptable', 'Documents are had as application/json or application/x-ndjson.')
}
