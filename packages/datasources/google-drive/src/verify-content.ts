import { createHash } from 'node:crypto'
import { DataSourceError } from '@wellhead/datasource-node'

/**
 * The same bytes, read no sooner than they are wanted, and an error at their end when they are not those that the metadata
 * promised. Google Drive has no etags: only the hash tells that a download that was resumed is of one content.
 */
export function verifyContent(
  body: ReadableStream<Uint8Array>,
  promised: { readonly md5: string | null; readonly size: number | null },
): ReadableStream<Uint8Array> {
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader()
  const hash = createHash('md5')
  let bytes = 0
  const isWhole = () =>
    promised.md5 === null ? promised.size === null || bytes === promised.size : hash.digest('hex') === promised.md5
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read()
        if (!done) {
          hash.update(value)
          bytes += value.byteLength
          controller.enqueue(value)
        } else if (isWhole()) controller.close()
        else throw new DataSourceError('provider_unavailable', 'The content changed while it was read.')
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
