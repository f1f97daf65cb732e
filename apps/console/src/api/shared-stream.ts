/**
 * One tab of a browser holds a stream for all of them: over HTTP/1.1 a browser keeps six connections to a host, and the seventh tab
 * would wait for ever. When the tab that holds it is closed, the next takes it up.
 */
export interface Stream<Message> {
  /** Opens it, and tells what comes; closes it by the function that it gives back. */
  open(tell: (message: Message) => void): () => void
  /** What a tab that comes later must know. */
  standing(): Message | undefined
  hear(message: Message): void
}

type Said<Message> = { readonly message: Message } | 'what is the state?'

/**
 * Follows the stream of this name, held here or elsewhere, until the function that it gives back is called. Without a lock to agree on
 * (which browsers give to secure origins alone) each tab holds its own.
 */
export function followShared<Message>(name: string, { open, standing, hear }: Stream<Message>): () => void {
  if (!navigator.locks) return open(hear)
  const channel = new BroadcastChannel(name)
  const left = new AbortController()
  let isHolder = false
  const pass = (message: Message) => channel.postMessage({ message } satisfies Said<Message>)

  function answer(): void {
    const state = standing()
    if (state !== undefined) pass(state)
  }

  channel.addEventListener('message', ({ data }: MessageEvent<Said<Message>>) => {
    if (data !== 'what is the state?') hear(data.message)
    else if (isHolder) answer()
  })
  channel.postMessage('what is the state?' satisfies Said<Message>)

  navigator.locks
    .request(name, { signal: left.signal }, () => {
      isHolder = true
      const close = open((message) => {
        hear(message)
        pass(message)
      })
      return new Promise<void>((resolve) => {
        left.signal.addEventListener('abort', () => {
          close()
          resolve()
        })
      })
    })
    // Gone before it was its turn.
    .catch(() => {})

  return () => {
    left.abort()
    channel.close()
  }
}
