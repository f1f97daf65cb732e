import type { Actor, Engine, Role } from '@wellhead/engine'
import type { FastifyBaseLogger } from 'fastify'
import { customAlphabet } from 'nanoid'
import { createAuth } from './auth.ts'
import { createInviteLinks } from './invite-links.ts'
import { createJoining, createUser, type Joining } from './joining.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import { createPeople, type People } from './people.ts'
import { createRecords, type Records, roleOf } from './records.ts'
import { createSessions, type Sessions } from './sessions.ts'

/** What the command line does with people, beside the HTTP routes. */
export interface Login {
  /** Whether anybody is there yet. */
  hasUsers(): Promise<boolean>
  /** First start: a user with a workspace of their own. Somebody with that address already is returned as they are. */
  createOwner(input: {
    name: string
    email: string
    workspaceName: string
    password?: string
  }): Promise<{ userId: string; workspaceId: string }>
  /** Whether this user (by id) can sign in with a password. */
  hasPassword(userId: string): Promise<boolean>
  /**
   * A link that signs in as this user (by id or address): once, within ten minutes.
   *
   * @throws Error when there is no such user
   */
  signInLink(user: string): Promise<string>
  /** An invite link: once, for seven days. @throws ApiProblem `forbidden`, `already_member` */
  invite(actor: Actor, input: { email: string; role: Role }): Promise<string>
}

export interface LoginRooms {
  readonly login: Login
  readonly sessions: Sessions
  readonly passwords: Passwords
  readonly people: People
  readonly joining: Joining
  readonly records: Records
}

const slugOf = customAlphabet('0123456789abcdefghijklmnopqrstuvwxyz', 16)

export async function createLogin(options: {
  engine: Engine
  publicUrl: string
  secret: string
  log: FastifyBaseLogger
}): Promise<LoginRooms> {
  const auth = createAuth(options)
  const records = await createRecords(auth)
  const links = createInviteLinks(options.publicUrl, options.secret)
  const people = createPeople(records, links)
  const passwords = createPasswords(auth, options.engine, records)

  const login: Login = {
    async hasUsers() {
      const { adapter } = await auth.$context
      return (await adapter.count({ model: 'user' })) > 0
    },

    async createOwner(input) {
      const known = await records.userByEmail(input.email)
      const user = known ?? (await createUser(auth, input))
      const memberships = await records.membershipsOf(user.id)
      const first = memberships.find((membership) => roleOf(membership.role) === 'owner') ?? memberships[0]
      if (first) return { userId: user.id, workspaceId: first.organizationId }
      const workspace = await auth.api.createOrganization({
        body: { name: input.workspaceName, slug: slugOf(), userId: user.id },
      })
      return { userId: user.id, workspaceId: workspace.id }
    },

    hasPassword: passwords.isSet,

    async signInLink(user) {
      const found = (await records.userById(user)) ?? (await records.userByEmail(user))
      if (!found) throw new Error('There is no such user.')
      let token = ''
      await auth.api.signInMagicLink({
        body: {
          email: found.email,
          metadata: {
            deliver: (made: string) => {
              token = made
            },
          },
        },
        headers: new Headers(),
      })
      return `${options.publicUrl}/sign-in/link/${token}`
    },

    invite: async (actor, input) => (await people.invite(actor, input)).joinUrl,
  }

  return {
    login,
    sessions: createSessions(auth, options.engine, records),
    passwords,
    people,
    joining: createJoining(auth, records, links),
    records,
  }
}
