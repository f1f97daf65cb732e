import type { Client } from './settings.ts'

export type ClientProof =
  | { readonly via: 'basic' | 'post'; readonly clientId: string; readonly clientSecret: string }
  | { readonly refused: 'invalid_request' | 'invalid_client'; readonly description: string }

/** What a request says of its client (RFC 6749, section 2.3.1): by Basic with form-encoded parts, or in the body; never both. */
export function readClientProof(
  authorization: string | undefined,
  fields: Readonly<Record<string, string>>,
): ClientProof {
  if (authorization === undefined) {
    const { client_id: clientId, client_secret: clientSecret } = fields
    if (clientId === undefined || clientSecret === undefined)
      return { refused: 'invalid_client', description: 'The client did not authenticate.' }
    return { via: 'post', clientId, clientSecret }
  }
  if (fields.client_secret !== undefined)
    return { refused: 'invalid_request', description: 'The client authenticates in two ways.' }
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  const pair = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString()
  const colon = pair.indexOf(':')
  if (colon < 0) return { refused: 'invalid_client', description: 'The Authorization header is not Basic.' }
  const clientId = formDecode(pair.slice(0, colon))
  const clientSecret = formDecode(pair.slice(colon + 1))
  if (clientId === undefined || clientSecret === undefined)
    return { refused: 'invalid_client', description: 'The parts of Basic are not form-encoded.' }
  if (fields.client_id !== undefined && fields.client_id !== clientId)
    return { refused: 'invalid_request', description: 'The body names another client.' }
  return { via: 'basic', clientId, clientSecret }
}

export function isProven(client: Client | undefined, proof: Extract<ClientProof, { via: string }>): client is Client {
  if (!client || client.clientSecret !== proof.clientSecret) return false
  return client.auth === 'either' || client.auth === proof.via
}

/** `undefined` for what no form encoder makes: a bare special character, a broken escape. */
function formDecode(text: string): string | undefined {
  if (!/^(?:[\w.*+~!'()-]|%[0-9A-F]{2})*$/i.test(text)) return undefined
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
