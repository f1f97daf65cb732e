import { createSecretKey, type KeyObject } from 'node:crypto'
import { EngineError } from '../errors.ts'
import { decrypt, encrypt } from './envelope.ts'
import type { KeyService } from './key-service.ts'

const idForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/**
 * The operator's keys, `id:base64,id:base64,…`, in this process's memory: the first wraps new data keys, the others only unwrap.
 *
 * @throws EngineError `vault_misconfigured` with a sentence that names no key
 */
export function parseKeyRing(text: string): KeyService {
  const keys = new Map<string, KeyObject>()
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
    keys.set(id, createSecretKey(key))
  }
  const ids = [...keys.keys()]
  const primaryId = ids[0] as string

  return {
    primaryId: async () => primaryId,
    ids: async () => ids,
    has: async (id) => keys.has(id),
    wrap: async (context, dataKey) => ({
      wrapped: encrypt(keys.get(primaryId) as KeyObject, context, dataKey),
      wrappedBy: primaryId,
    }),
    async unwrap(context, { wrapped, wrappedBy }) {
      const key = keys.get(wrappedBy)
      if (key) return decrypt(key, context, wrapped)
      throw new EngineError(
        'vault_key_missing',
        `A data key is wrapped by encryption key "${wrappedBy}", which this process was not given: it is not in its WELLHEAD_ENCRYPTION_KEYS.`,
        { details: { encryption_key: wrappedBy } },
      )
    },
  }
}
