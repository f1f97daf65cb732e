import { alive, readiness } from '../health.ts'
import { defineRoute } from '../route.ts'

export const health = {
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
