import formBody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import { errorForLog, problemOfError } from '../problems.ts'
import { registerAssets } from './assets.ts'
import { registerConnect } from './connect.ts'
import type { PageContext } from './context.ts'
import { registerJoin } from './join.ts'
import { registerProblemPages, sendProblemPage } from './problem.ts'
import { registerSignIn } from './sign-in.ts'

/** All pages that the server makes itself. They take forms, and their errors are pages. */
export async function registerPages(app: FastifyInstance, context: Omit<PageContext, 'app'>): Promise<void> {
  await app.register(async (scope) => {
    await scope.register(formBody, { bodyLimit: 16_384 })
    scope.setErrorHandler((error, request, reply) => {
      const problem = problemOfError(error)
      if (problem.code === 'internal_error') request.log.error({ error: errorForLog(error) }, 'a page failed')
      return sendProblemPage(reply, problem)
    })
    const pages = { ...context, app: scope }
    registerSignIn(pages)
    registerJoin(pages)
    registerConnect(pages)
    registerProblemPages(pages)
    await registerAssets(pages)
  })
}
