import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Says whether an IP address may be connected to. */
export type AddressPolicy = (address: string) => boolean

// Global unicast, all that IANA has opened so far (RFC 4291, section 2.4). What lies outside of it, such as the IPv4-compatible
// addresses, is nobody's public host even where a table of special ranges forgets it.
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Allows public unicast addresses and those in the ranges of `allow` (CIDR, or one address). Everything in an IANA
 * special-purpose registry (RFC 6890) is refused: loopback, private, link-local, CGNAT, multicast, reserved, unspecified, IPv4-mapped,
 * NAT64, 6to4, Teredo. An address that carries an IPv4 address inside is never taken for that address.
 *
 * @throws TypeError when an entry of `allow` is not a range
 */
export function createAddressPolicy(allow: readonly string[]): AddressPolicy {
  const ranges = allow.map(parseRange)
  return (text) => {
    if (isIP(text) === 0) return false
    const address = ipaddr.parse(text)
    if (isPublic(address)) return true
    return ranges.some((range) => range[0].kind() === address.kind() && address.match(range))
  }
}

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== 'unicast') return false
  return address.kind() === 'ipv4' || (address as ipaddr.IPv6).match(globalUnicast)
}

function parseRange(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const family = isIP(text)
  try {
    return ipaddr.parseCIDR(family === 0 ? text : `${text}/${family === 4 ? 32 : 128}`)
  } catch {
    throw new TypeError(`egress.allow: "${text}" is not an address range such as 10.0.0.0/8`)
  }
}
