import { z } from 'zod'
import { instant, object, pageOf, pageQuery } from './fields.ts'

export const auditEntry = z
  .object({
    id: z.string(),
    actor: z.object({ user_id: z.string(), token_id: z.string().nullable() }),
    /** noun.verb, such as `credential.read`. */
    action: z.string(),
    subject: z.string(),
    data: object,
    at: instant,
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntry = z.infer<typeof auditEntry>

export const auditPage = pageOf(auditEntry)
export const auditQuery = z.strictObject(pageQuery)
