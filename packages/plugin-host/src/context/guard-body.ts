/** The same answer, with every failure of its body's reader put through `map`. */
export function guardBody(response: Response, map: (error: unknown) => unknown): Response {
  if (!response.body) return response
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader()
  const body = new ReadableStream<Uint8Array>(
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
  const guarded = new Response(body, { status, statusText, headers })
  Object.defineProperty(guarded, 'url', { value: url })
  Object.defineProperty(guarded, 'redirected', { value: redirected })
  return guarded
}
