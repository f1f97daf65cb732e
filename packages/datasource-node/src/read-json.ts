import type { z } from 'zod'
import { DataSourceError } from './errors.ts'

/**
 * The body of a successful answer, checked. Schemas of answers should be loose and name only what is used.
 *
 * @throws DataSourceError `invalid_response` when the body is not JSON or not of the schema
 */
export async function readJson<Schema extends z.ZodType>(response: Response, schema: Schema): Promise<z.infer<Schema>> {
  const text = await response.text()
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new DataSourceError('invalid_response', 'The provider answered with something that is not JSON.', {
      status: response.status,
    })
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') || 'the answer'
    throw new DataSourceError(
      'invalid_response',
      `The provider's answer is not of the documented form (at ${where}).`,
      {
        status: response.status,
      },
    )
  }
  return parsed.data
}
