import { event, eventQuery } from '../events.ts'
import { idParams } from '../fields.ts'
import { defineRoute } from '../route.ts'
import { createRun, documentLine, documentPage, documentQuery, run, runPage, runQuery } from '../runs.ts'

export const runs = {
  create: defineRoute({
    method: 'POST',
    path: '/v1/runs',
    summary: 'Run a data source, or a node of a pipeline',
    access: { kind: 'scope', scope: 'runs:write' },
    body: createRun,
    responses: { 201: { description: 'Queued', schema: run } },
    problems: [
      'data_source_not_found',
      'pipeline_not_found',
      'node_not_found',
      'node_not_runnable',
      'unknown_data_source',
      'invalid_variables',
      'connection_not_found',
      'no_default_connection',
      'connection_not_usable',
      'connection_deleting',
      'needs_reauthorization',
      'credential_invalid',
      'operation_not_supported',
      'invalid_parameters',
      'invalid_cursor',
    ],
  }),
  list: defineRoute({
    method: 'GET',
    path: '/v1/runs',
    summary: 'The runs that the caller may see',
    access: { kind: 'scope', scope: 'runs:read' },
    query: runQuery,
    responses: { 200: { description: 'Newest first', schema: runPage } },
    problems: ['invalid_cursor', 'connection_not_found'],
  }),
  get: defineRoute({
    method: 'GET',
    path: '/v1/runs/{id}',
    summary: 'One run',
    access: { kind: 'scope', scope: 'runs:read' },
    params: idParams,
    responses: { 200: { description: 'The run', schema: run } },
    problems: ['run_not_found'],
  }),
  cancel: defineRoute({
    method: 'DELETE',
    path: '/v1/runs/{id}',
    summary: 'Cancel a run',
    access: { kind: 'scope', scope: 'runs:write' },
    params: idParams,
    responses: { 200: { description: 'The run; what it has read so far is kept', schema: run } },
    problems: ['run_not_found', 'run_finished'],
  }),
  events: defineRoute({
    method: 'GET',
    path: '/v1/runs/{id}/events',
    summary: "A run's events (SSE)",
    description:
      'All of them from the first, or those after `Last-Event-ID`. The stream ends with the event that ends the run; asked again ' +
      'after that one, the answer is 204, which ends an EventSource.',
    access: { kind: 'scope', scope: 'runs:read' },
    params: idParams,
    query: eventQuery,
    responses: {
      200: { description: 'Server-sent events', schema: event, contentType: 'text/event-stream' },
      204: { description: 'The run has finished and nothing follows' },
    },
    problems: ['run_not_found'],
  }),
  documents: defineRoute({
    method: 'GET',
    path: '/v1/runs/{id}/documents',
    summary: "A run's documents",
    description:
      'JSON: a page, in order of sequence, after the sequence `cursor`; a page is cut short before its texts exceed 8 MB. With ' +
      '`Accept: application/x-ndjson`: all of them line by line, also those still to come, until the run has finished; ' +
      'the last line is then `{"run": …}`.',
    access: { kind: 'scope', scope: 'runs:read' },
    params: idParams,
    query: documentQuery,
    responses: {
      200: {
        description: 'In order of sequence',
        schema: documentPage,
        alternative: { contentType: 'application/x-ndjson', schema: documentLine },
      },
    },
    problems: ['run_not_found', 'not_acceptable'],
  }),
}

export const documents = {
  content: defineRoute({
    method: 'GET',
    path: '/v1/documents/{id}/content',
    summary: "A document's content",
    description:
      'Honours one byte range of `Range` (RFC 9110, section 14), and `If-None-Match` and `If-Range` by its ETag.',
    access: { kind: 'scope', scope: 'runs:read' },
    params: idParams,
    responses: {
      200: { description: 'The whole content', contentType: '*/*' },
      206: { description: 'The range', contentType: '*/*' },
      304: { description: 'Unchanged' },
    },
    problems: ['document_not_found', 'range_not_satisfiable'],
  }),
}
