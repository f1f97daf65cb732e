import type { FastifyInstance } from 'fastify'
import { ApiProblem, sendProblem } from './problems.ts'

/** Unknown addresses: 405 with `Allow` where another method is known, the console's page for its own addresses, else 404. */
export function registerNotFound(app: FastifyInstance, options: { publicUrl: string; hasConsole: boolean }): void {
  const known = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  app.addHook('onRoute', ({ url, method }) => {
    if (url.includes('*')) return
    const source = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')
    const entry = known.get(url) ?? { pattern: new RegExp(`^${source}$`), methods: new Set<string>() }
    for (const one of [method].flat()) entry.methods.add(one)
    known.set(url, entry)
  })

  app.setNotFoundHandler((request, reply) => {
    const [path = '/'] = request.url.split('?', 1)
    const methods = [...known.values()]
      .filter(({ pattern }) => pattern.test(path))
      .flatMap((entry) => [...entry.methods])
    if (methods.length > 0) {
      const allow = [...new Set(methods)].sort().join(', ')
      const problem = new ApiProblem('method_not_allowed', `This address takes ${allow}.`)
      return sendProblem(request, reply.header('allow', allow), problem, options.publicUrl)
    }
    const navigates = request.method === 'GET' && request.headers.accept?.includes('text/html')
    if (options.hasConsole && navigates && !path.startsWith('/v1/') && !/\.\w+$/.test(path))
      return reply.header('cache-control', 'no-cache').sendFile('index.html')
    return sendProblem(
      request,
      reply,
      new ApiProblem('not_found', 'There is nothing at this address.'),
      options.publicUrl,
    )
  })
}
