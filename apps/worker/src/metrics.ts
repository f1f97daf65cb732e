/** A worker's counts for Prometheus, over HTTP of their own: nothing else is served. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Engine } from '@wellhead/engine'
import { collectDefaultMetrics, Registry } from 'prom-client'

export interface MetricsAddress {
  /** 0: any that is free. */
  readonly port: number
  /** Default 127.0.0.1: there is no login. */
  readonly host?: string | undefined
}

export interface ServedMetrics {
  readonly port: number
  close(): Promise<void>
}

/** `GET /metrics`: the process, and what the engine counted in it. */
export async function serveMetrics(
  engine: { readonly health: Pick<Engine['health'], 'tally'> },
  { port, host = '127.0.0.1' }: MetricsAddress,
): Promise<ServedMetrics> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const server = createServer(async (request, response) => {
    request.resume()
    const [path] = (request.url ?? '').split('?', 1)
    if (path !== '/metrics') return void response.writeHead(404).end()
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return void response.writeHead(405, { allow: 'GET, HEAD' }).end()
    try {
      const text = `${await registry.metrics()}\n${await engine.health.tally()}`
      response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' }).end(text)
    } catch {
      response.writeHead(500).end()
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
