/** A user's own password: whether there is one, the first, a change. The library hashes and compares. */
import { type Actor, type Engine, schema } from '@wellhead/engine'
import type { FastifyRequest } from 'fastify'
import { customAlphabet } from 'nanoid'
import { ApiProblem } from '../problems.ts'
import type { Auth } from './auth.ts'
import type { Records } from './records.ts'
import { cookiesOf, isRefusal } from './sessions.ts'

export interface Passwords {
  isSet(userId: string): Promise<boolean>
  /**
   * Sets the first password of who is signed in, or changes it. Then ends the user's other sessions; this one stays, in its
   * workspace.
   *
   * @throws ApiProblem `invalid_request` (about `current_password`), `wrong_password`, `unauthenticated`
   */
  put(
    request: FastifyRequest,
    actor: Actor,
    input: { newPassword: string; currentPassword: string | undefined },
  ): Promise<void>
}

/** As the engine names its entries. */
const entryId = customAlphabet('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', 21)

export function createPasswords(auth: Auth, engine: Engine, records: Records): Passwords {
  async function isSet(userId: string): Promise<boolean> {
    const { internalAdapter } = await auth.$context
    return Boolean((await internalAdapter.findCredentialAccount(userId))?.password)
  }

  /**
   * The library looks for a password before it writes the first, so two requests at the same moment write two. The older row
   * stays, whichever of the two looks; whose password that is not is told so.
   */
  async function keepOne(userId: string, password: string, headers: Headers): Promise<void> {
    const [, ...others] = await records.passwordRows(userId)
    if (others.length === 0) return
    for (const { id } of others) await records.removePasswordRow(id)
    await auth.api.verifyPassword({ body: { password }, headers })
  }

  async function write(headers: Headers, userId: string, next: string, current: string | undefined): Promise<void> {
    if (await isSet(userId)) {
      if (current === undefined) throw currentNeeded()
      // It could end the other sessions too, but would replace this one by one that forgets the chosen workspace.
      await auth.api.changePassword({ body: { newPassword: next, currentPassword: current }, headers })
      return
    }
    if (current !== undefined) throw aboutCurrent('There is no password yet: leave this out.')
    try {
      await auth.api.setPassword({ body: { newPassword: next }, headers })
      await keepOne(userId, next, headers)
    } catch (error) {
      if (isRefusal(error) && (await isSet(userId))) throw currentNeeded()
      throw error
    }
  }

  return {
    isSet,

    async put(request, actor, { newPassword, currentPassword }) {
      const headers = cookiesOf(request)
      try {
        await write(headers, actor.userId, newPassword, currentPassword)
      } catch (error) {
        throw problemOf(error)
      }
      await engine.db.insert(schema.auditEntries).values({
        id: `aud_${entryId()}`,
        workspaceId: actor.workspaceId,
        userId: actor.userId,
        action: 'password.change',
        subject: actor.userId,
        data: {},
      })
      await auth.api.revokeOtherSessions({ headers })
    },
  }
}

function aboutCurrent(message: string): ApiProblem {
  return new ApiProblem('invalid_request', `current_password: ${message}`, {
    errors: [{ path: 'current_password', message }],
  })
}

const currentNeeded = () => aboutCurrent('Give the current password.')

function problemOf(error: unknown): unknown {
  if (!isRefusal(error)) return error
  const { statusCode, body } = error as { statusCode: number; body?: { code?: string } }
  if (body?.code === 'INVALID_PASSWORD')
    return new ApiProblem('wrong_password', 'This is not your current password.', {
      errors: [{ path: 'current_password', message: 'This is not your current password.' }],
    })
  if (statusCode === 401) return new ApiProblem('unauthenticated', 'This session has ended. Sign in again.')
  return error
}
