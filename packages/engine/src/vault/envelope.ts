/** The sealed form: version byte, 96-bit random IV, ciphertext, 128-bit tag. */
import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto'
import { EngineError } from '../errors.ts'

const VERSION = 1
const IV_BYTES = 12
const TAG_BYTES = 16

/** AES-256-GCM (NIST SP 800-38D). */
export function encrypt(key: KeyObject, aad: string, plaintext: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(Buffer.from(`${VERSION}\n${aad}`))
  return Buffer.concat([Buffer.of(VERSION), iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** @throws EngineError `vault_tampered` when the bytes, the key or the place they were sealed for is not the same */
export function decrypt(key: KeyObject, aad: string, sealed: Buffer): Buffer {
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
