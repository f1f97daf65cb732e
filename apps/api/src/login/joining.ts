/** What an invite link does: the invited person becomes a member of exactly the role that the invitation says, once. */
import type { Role } from '@wellhead/engine'
import type { Auth } from './auth.ts'
import type { InviteLinks } from './invite-links.ts'
import { type Records, roleOf } from './records.ts'
import { isRefusal } from './sessions.ts'

export interface OpenInvitation {
  readonly id: string
  readonly email: string
  readonly role: Role
  readonly workspace: string
  /** Whether somebody with this address has a password here: it is asked for instead of a new one. */
  readonly knownUser: boolean
}

export type Joined =
  | { readonly outcome: 'joined'; readonly cookies: readonly string[] }
  | { readonly outcome: 'wrong_password' }
  | { readonly outcome: 'gone' }

export function createJoining(auth: Auth, records: Records, links: InviteLinks) {
  async function open(key: string): Promise<OpenInvitation | undefined> {
    const id = links.read(key)
    const row = id === undefined ? null : await records.invitation(id)
    if (row?.status !== 'pending' || row.expiresAt.getTime() <= Date.now()) return undefined
    const workspace = (await records.workspacesById([row.organizationId])).get(row.organizationId)
    if (!workspace) return undefined
    return {
      id: row.id,
      email: row.email,
      role: roleOf(row.role),
      workspace: workspace.name,
      knownUser: (await records.userByEmail(row.email)) !== null,
    }
  }

  async function accept(invitation: OpenInvitation, cookie: string): Promise<boolean> {
    try {
      await auth.api.acceptInvitation({ body: { invitationId: invitation.id }, headers: new Headers({ cookie }) })
      return true
    } catch (error) {
      if (isRefusal(error)) return false
      throw error
    }
  }

  async function signIn(email: string, password: string): Promise<readonly string[] | undefined> {
    try {
      const { headers } = await auth.api.signInEmail({ body: { email, password }, returnHeaders: true })
      return headers.getSetCookie()
    } catch (error) {
      if (isRefusal(error)) return undefined
      throw error
    }
  }

  return {
    open,

    /** For the person whose session this is; their address must be the invited one. */
    async joinSignedIn(invitation: OpenInvitation, cookie: string): Promise<Joined> {
      return (await accept(invitation, cookie)) ? { outcome: 'joined', cookies: [] } : { outcome: 'gone' }
    },

    /** With the password of an existing user, or making a new one. */
    async join(invitation: OpenInvitation, input: { name: string; password: string }): Promise<Joined> {
      if (!invitation.knownUser) await createUser(auth, { ...input, email: invitation.email })
      const cookies = await signIn(invitation.email, input.password)
      if (!cookies) return { outcome: 'wrong_password' }
      const cookie = cookies.map((one) => one.split(';', 1)[0]).join('; ')
      return (await accept(invitation, cookie)) ? { outcome: 'joined', cookies } : { outcome: 'gone' }
    },
  }
}

/** A user whose address counts as verified: the invite link came from someone who vouches for it. */
export async function createUser(
  auth: Auth,
  input: { name: string; email: string; password?: string },
): Promise<{ id: string }> {
  const { internalAdapter, password } = await auth.$context
  const user = await internalAdapter.createUser(
    { name: input.name, email: input.email.toLowerCase(), emailVerified: true },
    { method: 'email-password' },
  )
  if (input.password !== undefined)
    await internalAdapter.linkAccount({
      userId: user.id,
      providerId: 'credential',
      accountId: user.id,
      password: await password.hash(input.password),
    })
  return { id: user.id }
}

export type Joining = ReturnType<typeof createJoining>
