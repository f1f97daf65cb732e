import { alive, health as healthSchema, readiness } from '../health.ts'
import { defineRoute } from '../route.ts'

export const health = {
  get: defineRoute({
    method: 'GET',
    path: '/v1/health',
    summary: 'How the workspace stands',
    description:
      'For owners and editors. Numbers count all of the workspace; a connection is named only to those who may see it. ' +
      '`queue` counts the jobs of the whole installation.',
    access: { kind: 'scope', scope: 'audit:read' },
    responses: { 200: { description: 'Connections, refreshes, OAuth clients, runs and queues', schema: healthSchema } },
    problems: [],
  }),
  alive: defineRoute({
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the process answers',
    access: { kind: 'public' },
    responses: { 200: { description: 'It does', schema: alive } },
    problems: [],
  }),
  ready: defineRoute({
    method: 'GET',
    path: '/readyz',
    summary: 'Whether the database and the queue answer',
    access: { kind: 'public' },
    responses: {
      200: { description: 'Both do', schema: readiness },
      503: { description: 'One does not', schema: readiness },
    },
    problems: [],
  }),
}
