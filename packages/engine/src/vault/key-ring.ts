import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { EngineError } from '../errors.ts'

/** The operator's keys, `id:base64,id:base64,…`: the first wraps new data keys, the others only unwrap. */
export interface KeyRing {
  readonly primaryId: string
  has(id: string): boolean
  wrap(aad: string, dataKey: Buffer): { wrapped: Buffer; wrappedBy: string }
  unwrap(aad: string, wrapped: Buffer, wrappedBy: string): Buffer
}

const idForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** @throws EngineError `vault_misconfigured` with a sentence that names no key */
export function parseKeyRing(text: string): KeyRing {
  const keys = new Map<string, Buffer>()
  for (const [position, part] of text
    .split(',')
    .map((entry) => entry.trim())
    .entries()) {
    const colon = part.indexOf(':')
    const id = part.slice(0, colon)
    const key = Buffer.from(part.slice(colon + 1), 'base64')
    if (colon < 1 || !idForm.test(id))
      throw new EngineError('vault_misconfigured', `Encryption key ${position + 1} is not of the form id:base64.`)
    if (key.length !== 32)
      throw new EngineError('vault_misconfigured', `Encryption key "${id}" has ${key.length} bytes; it must have 32.`)
    if (keys.has(id)) throw new EngineError('vault_misconfigured', `Encryption key id "${id}" is given twice.`)
    keys.set(id, key)
  }
  const primaryId = [...keys.keys()][0] as string

  return {
    primaryId,
    has: (id) => keys.has(id),
    wrap: (aad, dataKey) => ({ wrapped: encrypt(keys.get(primaryId) as Buffer, aad, dataKey), wrappedBy: primaryId }),
    unwrap(aad, wrapped, wrappedBy) {
      const key = keys.get(wrappedBy)
      if (!key)
        throw new EngineError('vault_key_missing', `Encryption key "${wrappedBy}" is not in WELLHEAD_ENCRYPTION_KEYS.`)
      return decrypt(key, aad, wrapped)
    },
  }
}

const VERSION = 1
const IV_BYTES = 12
const TAG_BYTES = 16

/** AES-256-GCM (NIST SP 800-38D): version byte, 96-bit random IV, ciphertext, 128-bit tag. */
export function encrypt(key: Buffer, aad: string, plaintext: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(Buffer.from(`${VERSION}\n${aad}`))
  return Buffer.concat([Buffer.of(VERSION), iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** @throws EngineError `vault_tampered` when the bytes, the key or the place they were sealed for is not the same */
export function decrypt(key: Buffer, aad: string, sealed: Buffer): Buffer {
  if (sealed.length < 1 + IV_BYTES + TAG_BYTES)
    throw new EngineError('vault_tampered', 'A sealed value is too short: it was cut or overwritten.')
  const version = sealed[0]
  if (version !== VERSION)
    throw new EngineError('vault_tampered', `A sealed value has format ${version}, which this version cannot read.`)
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + IV_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(`${version}\n${aad}`))
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(1 + IV_BYTES, -TAG_BYTES)), decipher.final()])
  } catch {
    throw new EngineError(
      'vault_tampered',
      'A sealed value cannot be opened: its key is another one, or it was changed or moved to another row.',
    )
  }
}
