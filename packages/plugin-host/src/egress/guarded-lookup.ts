import { lookup as systemLookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import type { AddressPolicy } from './address-policy.ts'
import { EgressError } from './egress-error.ts'

export interface ResolvedAddress {
  readonly address: string
  readonly family: 4 | 6
}

/** Resolves a host name to all of its addresses; rejects when it has none. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>

export const resolveBySystem: Resolve = async (hostname) =>
  (await systemLookup(hostname, { all: true })).map(({ address, family }) => ({
    address,
    family: family === 6 ? 6 : 4,
  }))

/** The addresses of a name that the policy allows. @throws EgressError `egress_dns` or `egress_denied` */
export async function resolveAllowed(
  hostname: string,
  resolve: Resolve,
  isAllowed: AddressPolicy,
): Promise<readonly ResolvedAddress[]> {
  const addresses = await resolve(hostname).catch((cause: unknown) => {
    throw new EgressError('egress_dns', `The host name ${hostname} cannot be resolved.`, { sent: false, cause })
  })
  if (addresses.length === 0) {
    throw new EgressError('egress_dns', `The host name ${hostname} has no address.`, { sent: false })
  }
  const allowed = addresses.filter(({ address }) => isAllowed(address))
  if (allowed.length === 0) throw denied(hostname)
  return allowed
}

/**
 * The `lookup` of a socket. The socket connects to the very addresses that were checked here: a name that answers
 * differently a moment later (DNS rebinding) gains nothing.
 */
export function createGuardedLookup(resolve: Resolve, isAllowed: AddressPolicy): LookupFunction {
  return (hostname, options, callback) => {
    resolveAllowed(hostname, resolve, isAllowed).then(
      (addresses) => {
        if (options.all) callback(null, [...addresses])
        else callback(null, addresses[0]!.address, addresses[0]!.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    )
  }
}

export function denied(hostname: string): EgressError {
  return new EgressError('egress_denied', `The host ${hostname} has no address that requests may be sent to.`, {
    sent: false,
  })
}
