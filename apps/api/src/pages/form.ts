import type { FastifyRequest } from 'fastify'
import { z } from 'zod'

const fields = z.record(z.string(), z.unknown())

/** A field of a posted form as text; empty when it is missing or was sent twice. */
export function field(request: FastifyRequest, name: string): string {
  const value = fields.safeParse(request.body).data?.[name]
  return typeof value === 'string' ? value : ''
}
