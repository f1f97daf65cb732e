import { DataSourceError } from '@wellhead/datasource-node'

const query = /(https?:\/\/[^\s?#"'<>]*)[?#][^\s"'<>)]*/g

/** The same error with no credential and no query string in its message: providers echo what they were sent. */
export function redact(error: DataSourceError, secrets: ReadonlySet<string>): DataSourceError {
  let message = error.message.replace(query, '$1')
  for (const secret of secrets) if (secret.length >= 4) message = message.replaceAll(secret, '[redacted]')
  if (message === error.message) return error
  const { code, retryAfterMs, status } = error
  return new DataSourceError(code, message, { retryAfterMs, status })
}
