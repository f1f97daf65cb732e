import { z } from 'zod'
import { id, instant } from './fields.ts'
import { roles } from './words.ts'

const membership = z.object({ id: z.string(), name: z.string(), role: z.enum(roles) })

export const session = z
  .object({
    user: z.object({ id: z.string(), name: z.string(), email: z.string() }),
    /** The workspace that this session works in. */
    workspace: membership,
    /** All workspaces of the user. */
    workspaces: z.array(membership),
    /** Whether the sandbox stands in for providers in this installation: the page says so. */
    sandbox: z.boolean(),
    /** Whether the user has a password: without one, only a one-time link signs in. */
    has_password: z.boolean(),
  })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof session>

export const switchWorkspace = z.strictObject({ workspace_id: id }).meta({ id: 'SwitchWorkspace' })
export type SwitchWorkspace = z.infer<typeof switchWorkspace>

/** Characters (UTF-16 code units, as the login library counts). */
export const passwordLength = { min: 10, max: 128 } as const

export const putPassword = z
  .strictObject({
    new_password: z
      .string()
      .min(passwordLength.min, `At least ${passwordLength.min} characters.`)
      .max(passwordLength.max, `At most ${passwordLength.max} characters.`),
    /** Needed when the user has a password; must be absent when not. */
    current_password: z
      .string()
      .min(1, 'Give the current password.')
      .max(passwordLength.max, `At most ${passwordLength.max} characters.`)
      .exactOptional(),
  })
  .meta({ id: 'PutPassword' })
export type PutPassword = z.infer<typeof putPassword>

export const member = z
  .object({
    user_id: z.string(),
    name: z.string(),
    email: z.string(),
    role: z.enum(roles),
    created_at: instant,
  })
  .meta({ id: 'Member' })
export type Member = z.infer<typeof member>

export const memberList = z.object({ items: z.array(member) })

export const memberParams = z.strictObject({ user_id: id })

export const updateMember = z.strictObject({ role: z.enum(roles) }).meta({ id: 'UpdateMember' })
export type UpdateMember = z.infer<typeof updateMember>

export const invitation = z
  .object({
    id: z.string(),
    email: z.string(),
    role: z.enum(roles),
    invited_by: z.string(),
    created_at: instant,
    expires_at: instant,
  })
  .meta({ id: 'Invitation' })
export type Invitation = z.infer<typeof invitation>

export const invitationList = z.object({ items: z.array(invitation) })

export const createInvitation = z
  .strictObject({ email: z.email('Enter an e-mail address.').max(254), role: z.enum(roles) })
  .meta({ id: 'CreateInvitation' })
export type CreateInvitation = z.infer<typeof createInvitation>

export const createdInvitation = invitation
  .extend({
    /** Hand it to the invited person: no mail is sent. It works once, for seven days, and is shown this once. */
    join_url: z.string(),
  })
  .meta({ id: 'CreatedInvitation' })
export type CreatedInvitation = z.infer<typeof createdInvitation>
