import { readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The port of the last start, kept so that tools which were pointed at it still find the server. */
export async function rememberedPort(dataDir: string): Promise<number | undefined> {
  const port = Number.parseInt(await readFile(join(dataDir, 'port'), 'utf8').catch(() => ''), 10)
  return port > 0 && port < 65_536 ? port : undefined
}

export async function rememberPort(dataDir: string, port: number): Promise<void> {
  await writeFile(join(dataDir, 'port'), `${port}\n`)
}
