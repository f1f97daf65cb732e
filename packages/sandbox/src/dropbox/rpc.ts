import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { sentence } from './arguments.ts'
import { badRequest } from './errors.ts'
import { fromHeaderJson } from './header-json.ts'

const contentTypes = ['application/json', 'application/json; charset=utf-8', 'text/plain; charset=dropbox-cors-hack']
const contentTypesOfDownloads = ['application/octet-stream', 'text/plain; charset=utf-8']

const typeOf = (request: FastifyRequest): string | undefined =>
  request.headers['content-type']?.toLowerCase().replace(/;\s*/g, '; ')

function requireType(request: FastifyRequest, name: string, allowed: readonly string[]): void {
  const type = typeOf(request)
  if (type !== undefined && allowed.includes(type)) return
  const list = allowed.map((each) => `"${each}"`).join(', ')
  throw badRequest(name, `Bad HTTP "Content-Type" header: "${type ?? ''}".  Expecting one of ${list}.`)
}

/** The argument of an RPC route: JSON, and nothing else. @throws DropboxError 400 */
export function rpcArgument<S extends z.ZodType>(request: FastifyRequest, name: string, schema: S): z.infer<S> {
  requireType(request, name, contentTypes)
  return checked(name, 'request body', json(request, name), schema)
}

/** A route without an argument takes `null` as JSON, or neither body nor content type. @throws DropboxError 400 */
export function noArgument(request: FastifyRequest, name: string): void {
  const body = String(request.body ?? '')
  if (typeOf(request) === undefined && body === '') return
  requireType(request, name, contentTypes)
  if (json(request, name) !== null) throw badRequest(name, 'request body: expected null, got value')
}

/** The argument of a download, which stands in a header; the body is empty. @throws DropboxError 400 */
export function headerArgument<S extends z.ZodType>(request: FastifyRequest, name: string, schema: S): z.infer<S> {
  if (typeOf(request) !== undefined) requireType(request, name, contentTypesOfDownloads)
  if (String(request.body ?? '') !== '') throw badRequest(name, 'The request body must be empty.')
  const header = request.headers['dropbox-api-arg']
  if (header === undefined) throw badRequest(name, 'Must provide HTTP header "Dropbox-API-Arg" or URL parameter "arg".')
  const where = 'HTTP header "Dropbox-API-Arg"'
  const found = fromHeaderJson(String(header))
  if (!found) throw badRequest(name, `${where}: could not decode input as JSON`)
  return checked(name, where, found.value, schema)
}

function json(request: FastifyRequest, name: string): unknown {
  try {
    return JSON.parse(String(request.body ?? ''))
  } catch {
    throw badRequest(name, 'request body: could not decode input as JSON')
  }
}

function checked<S extends z.ZodType>(name: string, where: string, value: unknown, schema: S): z.infer<S> {
  const result = schema.safeParse(value)
  if (!result.success) throw badRequest(name, `${where}: ${sentence(result.error)}`)
  return result.data
}

/** Adds `POST /2/<name>`. */
export function addRpc(
  app: FastifyInstance,
  name: string,
  handle: (request: FastifyRequest, name: string, reply: FastifyReply) => unknown,
): void {
  app.post(`/2/${name}`, async (request, reply) => {
    const answer = await handle(request, name, reply)
    return reply.header('content-type', 'application/json').send(JSON.stringify(answer))
  })
}
