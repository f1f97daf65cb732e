import { type ProblemCode, problems } from '@wellhead/client/schema'
import type { FastifyReply } from 'fastify'
import { ApiProblem } from '../problems.ts'
import { sendPage } from './answer.ts'
import type { PageContext } from './context.ts'
import { html, page } from './html.ts'

/** What a browser sees when a page cannot be had. */
export function sendProblemPage(reply: FastifyReply, problem: ApiProblem): FastifyReply {
  const { status, title } = problems[problem.code]
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', Math.ceil(problem.retryAfterSeconds))
  return sendPage(
    reply,
    page({
      title,
      body: html`<p>${problem.message}</p><p><a class="button" href="/">Back to Wellhead</a></p>`,
    }),
    status,
  )
}

/** `/problems/{code}`: what the `type` of a problem document leads to (RFC 9457, section 3.1.1). */
export function registerProblemPages({ app }: PageContext): void {
  app.get<{ Params: { code: string } }>('/problems/:code', async (request, reply) => {
    const { code } = request.params
    if (!Object.hasOwn(problems, code)) throw new ApiProblem('not_found', 'There is no such problem.')
    const { status, title } = problems[code as ProblemCode]
    return sendPage(reply, page({ title, body: html`<p>Code <code>${code}</code>, HTTP status ${status}.</p>` }))
  })
}
