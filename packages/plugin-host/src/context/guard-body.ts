/** The same answer, or the same with another body, and every failure of the body's reader put through `map`. */
export function guardBody(
  response: Response,
  map: (error: unknown) => unknown,
  body: ReadableStream<Uint8Array> | null = response.body,
): Response {
  if (!body) return response
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader()
  const guardedBody = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (done) controller.close()
          else controller.enqueue(value)
        } catch (error) {
          controller.error(map(error))
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  const { status, statusText, headers, url, redirected } = response
  const guarded = new Response(guardedBody, { status, statusText, headers })
  Object.defineProperty(guarded, 'url', { value: url })
  Object.defineProperty(guarded, 'redirected', { value: redirected })
  return guarded
}
