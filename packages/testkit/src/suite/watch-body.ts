/** The same response, of which the body tells how many bytes were taken from it, and when it ended in whatever way. */
export function watchBody(
  response: Response,
  { onBytes, onEnd }: { onBytes(count: number): void; onEnd(): void },
): Response {
  const { body, status, statusText, headers, url, redirected } = response
  if (!body) {
    onEnd()
    return response
  }
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader()
  const watched = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (!done) {
            onBytes(value.byteLength)
            return controller.enqueue(value)
          }
          onEnd()
          controller.close()
        } catch (error) {
          onEnd()
          controller.error(error)
        }
      },
      cancel(reason) {
        onEnd()
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
  const same = new Response(watched, { status, statusText, headers })
  Object.defineProperty(same, 'url', { value: url })
  Object.defineProperty(same, 'redirected', { value: redirected })
  return same
}
