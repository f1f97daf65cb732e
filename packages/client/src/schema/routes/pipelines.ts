import { idParams } from '../fields.ts'
import { pipelineDocument } from '../pipeline-document.ts'
import {
  createPipeline,
  pipeline,
  pipelinePage,
  pipelineQuery,
  replacePipelineDocument,
  updatePipeline,
} from '../pipelines.ts'
import { defineRoute } from '../route.ts'

export const pipelines = {
  create: defineRoute({
    method: 'POST',
    path: '/v1/pipelines',
    summary: 'Import a pipeline document',
    description:
      'Our own JSON document (`PipelineDocument`), or a Dify pipeline document. Given as text it is kept to the byte, and what is not ' +
      'understood of it is left alone. A document that is broken is refused with all its faults in `details.errors`, and one whose nodes name a data source that is ' +
      'not installed with `unknown_data_source` and those in `details.nodes`.',
    access: { kind: 'scope', scope: 'pipelines:write' },
    body: createPipeline,
    responses: { 201: { description: 'The pipeline', schema: pipeline } },
    problems: ['invalid_pipeline_document', 'unknown_data_source'],
  }),
  list: defineRoute({
    method: 'GET',
    path: '/v1/pipelines',
    summary: 'The pipelines of the workspace',
    access: { kind: 'scope', scope: 'pipelines:read' },
    query: pipelineQuery,
    responses: { 200: { description: 'Newest first', schema: pipelinePage } },
    problems: ['invalid_cursor'],
  }),
  get: defineRoute({
    method: 'GET',
    path: '/v1/pipelines/{id}',
    summary: 'One pipeline',
    description: 'Its nodes with their data sources, and with the connection that a run by the caller would use.',
    access: { kind: 'scope', scope: 'pipelines:read' },
    params: idParams,
    responses: { 200: { description: 'The pipeline', schema: pipeline } },
    problems: ['pipeline_not_found'],
  }),
  update: defineRoute({
    method: 'PATCH',
    path: '/v1/pipelines/{id}',
    summary: 'Change the name, or what is chosen for nodes',
    description: 'For the member who imported it, owners and editors.',
    access: { kind: 'scope', scope: 'pipelines:write' },
    params: idParams,
    body: updatePipeline,
    responses: { 200: { description: 'The pipeline', schema: pipeline } },
    problems: [
      'pipeline_not_found',
      'node_not_found',
      'node_not_runnable',
      'unknown_data_source',
      'connection_not_found',
      'connection_deleting',
      'invalid_parameters',
    ],
  }),
  delete: defineRoute({
    method: 'DELETE',
    path: '/v1/pipelines/{id}',
    summary: 'Delete a pipeline',
    description: 'For the member who imported it, owners and editors. Its runs stay.',
    access: { kind: 'scope', scope: 'pipelines:write' },
    params: idParams,
    responses: { 204: { description: 'It is gone' } },
    problems: ['pipeline_not_found'],
  }),
  document: defineRoute({
    method: 'GET',
    path: '/v1/pipelines/{id}/document',
    summary: 'The document, as it was imported',
    access: { kind: 'scope', scope: 'pipelines:read' },
    params: idParams,
    responses: {
      200: {
        description: 'In the form in which it was given',
        contentType: 'application/yaml',
        alternative: { contentType: 'application/json', schema: pipelineDocument },
      },
    },
    problems: ['pipeline_not_found'],
  }),
  replaceDocument: defineRoute({
    method: 'PUT',
    path: '/v1/pipelines/{id}/document',
    summary: 'Put another document in its place',
    description:
      'Checked as at the import. The name stays, and so does what was chosen for nodes that are still there with the same data source.',
    access: { kind: 'scope', scope: 'pipelines:write' },
    params: idParams,
    body: replacePipelineDocument,
    responses: { 200: { description: 'The pipeline', schema: pipeline } },
    problems: ['pipeline_not_found', 'invalid_pipeline_document', 'unknown_data_source'],
  }),
}
