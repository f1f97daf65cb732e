import type { IncomingMessage, ServerResponse } from 'node:http'
import helmet from 'helmet'

/** What browsers are told with every answer. It is the same for each, so helmet is asked once and not with every request. */
export function securityHeaders(publicUrl: string): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  const answer = {
    setHeader(name: string, value: string) {
      headers[name.toLowerCase()] = value
    },
    // Of other frameworks: there is none on an answer that is empty.
    removeHeader() {},
  }
  let fault: unknown
  helmet(optionsFor(publicUrl))({} as IncomingMessage, answer as unknown as ServerResponse, (error) => {
    fault = error
  })
  if (fault) throw fault
  return headers
}

/** Whoever sends a token is no page of a browser's; should one show the answer all the same, it does nothing there. */
export const headersForPrograms: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
}

function optionsFor(publicUrl: string): Parameters<typeof helmet>[0] {
  const https = publicUrl.startsWith('https:')
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        // Icons are data: URLs; accounts' pictures are the providers'.
        imgSrc: ["'self'", 'data:', 'https:'],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
      },
    },
    strictTransportSecurity: https ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    // Nothing for other sites. `no-referrer` would make browsers send `Origin: null` with our own forms, which are then refused.
    referrerPolicy: { policy: 'same-origin' as const },
    xFrameOptions: { action: 'deny' as const },
    // An authorization may be opened in a window of its own, which tells the console by a BroadcastChannel.
    crossOriginOpenerPolicy: { policy: 'same-origin' as const },
  }
}
