import { DataSourceError } from '@wellhead/datasource-node'
import type { Egress } from '@wellhead/plugin-host'
import { watchBody } from './watch-body.ts'

export interface SentRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What a connection sent, and what of it is still under way. */
export interface Traffic {
  readonly sent: SentRequest[]
  /** Requests without an answer yet, and bodies that have neither ended nor been cancelled. */
  open: number
  /** Bytes of bodies that were taken off the wire. */
  bytes: number
}

/**
 * Lets nothing out but to this machine, and remembers it: each hop of a redirect as a request of its own. `onSend` is called right before each
 * goes out, and may hold it back.
 */
export function recordingEgress(
  inner: Egress,
  traffic: Traffic,
  onSend: (request: SentRequest) => void | Promise<void> = () => {},
): Egress {
  function remember(method: string, url: URL, headers: Record<string, string>, body: string): SentRequest {
    const request = { method, url, headers, body }
    traffic.sent.push(request)
    if (!['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname))
      throw new DataSourceError('misconfigured', `The stand does not stand in for ${url.origin}.`)
    return request
  }
  const recorded: Egress = {
    close: () => inner.close(),
    // A response is such an answer too.
    ask: (url, init) => recorded.fetch(url, init),
    async fetch(url, init = {}) {
      const body = typeof init.body === 'string' ? init.body : Buffer.from(init.body ?? []).toString()
      const method = init.method ?? 'GET'
      traffic.open++
      let isOpen = true
      const end = () => {
        if (isOpen) traffic.open--
        isOpen = false
      }
      try {
        await onSend(remember(method, new URL(url), { ...init.headers }, body))
        const response = await inner.fetch(url, {
          ...init,
          onRedirect(from, to, headers) {
            init.onRedirect?.(from, to, headers)
            const hop = remember(method, to, Object.fromEntries(headers), '')
            void onSend(hop)
          },
        })
        return watchBody(response, { onBytes: (count) => (traffic.bytes += count), onEnd: end })
      } catch (error) {
        end()
        throw error
      }
    },
  }
  return recorded
}
