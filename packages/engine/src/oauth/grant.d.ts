/** grant publishes types for its adapters only; this is its pure core. */
declare module 'grant/lib/grant.js' {
  interface GrantRequest {
    method: string
    params: Record<string, string>
    query: Record<string, string>
    body: Record<string, string>
    state: { dynamic?: Record<string, unknown> }
    session: Record<string, unknown>
  }
  export default function Grant(options: {
    config: Record<string, Record<string, unknown>>
  }): (request: GrantRequest) => Promise<unknown>
}
