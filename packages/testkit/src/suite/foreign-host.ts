import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A host that is none of the data source's; it remembers the headers and the URL of each request. */
export async function startForeignHost(): Promise<
  AsyncDisposable & { readonly url: string; readonly seen: readonly string[] }
> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.url} ${JSON.stringify(request.rawHeaders)}`)
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
