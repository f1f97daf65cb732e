import { customAlphabet, nanoid } from 'nanoid'

// Letters and digits alone: an id is selected by a double click and survives every URL and shell.
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const random = customAlphabet(alphabet, 21)

type Prefix = 'con' | 'auth' | 'cli' | 'dek' | 'pip' | 'run' | 'doc' | 'evt' | 'aud' | 'tok' | 'wrk'

/** An unguessable id (125 bits) that says what it names. */
export function newId(prefix: Prefix): string {
  return `${prefix}_${random()}`
}

const tokenRandom = customAlphabet(alphabet, 40)

/** An API token: 238 random bits behind a prefix that secret scanners can know. */
export function newToken(): string {
  return `wh_${tokenRandom()}`
}

/** A secret that no one types: 192 bits, URL-safe. */
export function newNonce(): string {
  return nanoid(32)
}
