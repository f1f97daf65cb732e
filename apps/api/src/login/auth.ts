/** The login library, behind this folder's door. Its own HTTP endpoints are not served: our pages and routes call it. */
import { passwordLength } from '@wellhead/client/schema'
import { type Engine, schema } from '@wellhead/engine'
import { betterAuth } from 'better-auth'
import { drizzleAdapter } from 'better-auth/adapters/drizzle'
import { magicLink, organization } from 'better-auth/plugins'
import type { FastifyBaseLogger } from 'fastify'
import { accessControl, accessRoles } from './access-roles.ts'

export const INVITATION_DAYS = 7

export type Auth = ReturnType<typeof createAuth>

export function createAuth(options: { engine: Engine; publicUrl: string; secret: string; log: FastifyBaseLogger }) {
  return betterAuth({
    appName: 'Wellhead',
    baseURL: options.publicUrl,
    secret: options.secret,
    trustedOrigins: [new URL(options.publicUrl).origin],
    telemetry: { enabled: false },
    // Its messages only: what it logs beside them may hold more than a log should.
    logger: {
      level: 'warn',
      log: (level, message) => (level === 'error' ? options.log.error(message) : options.log.warn(message)),
    },
    database: drizzleAdapter(options.engine.db, {
      provider: 'pg',
      schema: {
        user: schema.users,
        session: schema.sessions,
        account: schema.accounts,
        verification: schema.verifications,
        organization: schema.workspaces,
        member: schema.members,
        invitation: schema.invitations,
      },
    }),
    emailAndPassword: { enabled: true, minPasswordLength: passwordLength.min, maxPasswordLength: passwordLength.max },
    session: { expiresIn: 7 * 24 * 3600, updateAge: 24 * 3600 },
    rateLimit: { enabled: false },
    advanced: {
      cookiePrefix: 'wellhead',
      useSecureCookies: options.publicUrl.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax' },
      ipAddress: { disableIpTracking: true },
    },
    plugins: [
      organization({
        ac: accessControl,
        roles: accessRoles,
        creatorRole: 'owner',
        allowUserToCreateOrganization: false,
        membershipLimit: 10_000,
        invitationExpiresIn: INVITATION_DAYS * 24 * 3600,
      }),
      magicLink({
        // There is no mail server: the link goes back to whoever asked for it.
        sendMagicLink: async ({ token, metadata = {} }) => (metadata.deliver as (token: string) => void)(token),
        disableSignUp: true,
        storeToken: 'hashed',
        expiresIn: 10 * 60,
      }),
    ],
  })
}
