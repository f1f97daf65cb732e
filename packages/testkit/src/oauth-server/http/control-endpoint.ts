import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { controlArguments, type OAuthServerControl } from '../control.ts'
import { readText } from './read-body.ts'

/** `POST /_control/{name}` with a JSON array of arguments; answers `{ result }`. For local programs alone: a web page sends an Origin. */
export async function controlOverHttp(
  control: OAuthServerControl,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answer = (status: number, body: unknown) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  const local = /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')
  if (request.headers.origin !== undefined || !local) return answer(403, { error: 'For local programs alone' })
  if (request.method !== 'POST' || !Object.hasOwn(controlArguments, name))
    return answer(404, { error: `There is no control "${name}"` })
  const known = name as keyof OAuthServerControl
  try {
    const args = controlArguments[known].parse(JSON.parse((await readText(request)) || '[]'))
    // The schema of that name says that the arguments are those of that function.
    const result = (control[known] as (...args: unknown[]) => unknown)(...args)
    return answer(200, { result })
  } catch (error) {
    const theirs = error instanceof z.ZodError || error instanceof RangeError || error instanceof SyntaxError
    return answer(theirs ? 400 : 500, { error: error instanceof Error ? error.message : String(error) })
  }
}
