import type { FastifyReply } from 'fastify'

/** Sends a page of ours. Nothing of it is kept: it may name a person, or belong to one attempt. */
export function sendPage(reply: FastifyReply, text: string, status = 200): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').type('text/html; charset=utf-8').send(text)
}

/** On to another address, as a GET whatever came before (RFC 9110, section 15.4.4). */
export function goTo(reply: FastifyReply, location: string): FastifyReply {
  return reply.header('cache-control', 'no-store').redirect(location, 303)
}
