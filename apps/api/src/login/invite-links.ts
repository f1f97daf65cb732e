import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Invite links carry the invitation's id and a proof made with the installation's secret. An id alone is in lists that
 * editors see, and must not let them take an invitation that is another's.
 */
export interface InviteLinks {
  of(invitationId: string): string
  /** The invitation's id; undefined when the link was not made here. */
  read(key: string): string | undefined
}

export function createInviteLinks(publicUrl: string, secret: string): InviteLinks {
  const proofOf = (id: string) =>
    createHmac('sha256', secret).update(`invitation:${id}`).digest('base64url').slice(0, 32)
  return {
    of: (id) => `${publicUrl}/join/${id}.${proofOf(id)}`,
    read(key) {
      const [id, proof, ...rest] = key.split('.')
      if (!id || !proof || rest.length > 0) return undefined
      const expected = Buffer.from(proofOf(id))
      const given = Buffer.from(proof)
      return expected.length === given.length && timingSafeEqual(expected, given) ? id : undefined
    },
  }
}
