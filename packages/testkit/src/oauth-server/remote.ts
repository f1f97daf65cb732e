import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { controlArguments, type OAuthServerControl } from './control.ts'
import type { OAuthServerOptions } from './settings.ts'
import type { OAuthServerAddress } from './start.ts'

/** The same control, over HTTP. */
export type RemoteControl = {
  readonly [Name in keyof OAuthServerControl]: (
    ...args: Parameters<OAuthServerControl[Name]>
  ) => Promise<ReturnType<OAuthServerControl[Name]>>
}

export interface RemoteOAuthServer extends OAuthServerAddress, RemoteControl, AsyncDisposable {
  /** Of its process. */
  readonly pid: number
  close(): Promise<void>
}

/** Steers a server that runs in another process. */
export function controlAt(origin: string): RemoteControl {
  const call = async (name: string, args: readonly unknown[]): Promise<unknown> => {
    const answer = await fetch(`${origin}/_control/${name}`, { method: 'POST', body: JSON.stringify(args) })
    const body = (await answer.json()) as { result?: unknown; error?: string }
    if (!answer.ok) throw new RangeError(`The OAuth server's control "${name}" refused: ${body.error}`)
    return body.result
  }
  const names = Object.keys(controlArguments)
  return Object.fromEntries(
    names.map((name) => [name, (...args: unknown[]) => call(name, args)]),
  ) as unknown as RemoteControl
}

/** Starts the server in a process of its own. It ends with `close()`, and with this process. */
export async function startOAuthServerProcess(options: OAuthServerOptions = {}): Promise<RemoteOAuthServer> {
  const here = fileURLToPath(import.meta.url)
  const main = fileURLToPath(new URL(`./main${extname(here)}`, import.meta.url))
  const child = spawn(process.execPath, [main], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  // The options hold secrets, so they do not go into arguments, which every process of the machine may read.
  child.stdin.write(`${JSON.stringify(options)}\n`)
  const address = await new Promise<OAuthServerAddress>((resolve, reject) => {
    createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line)))
    exited.then(([code]) => reject(new Error(`The OAuth server ended with code ${code} before it listened`)), reject)
  })
  async function close(): Promise<void> {
    child.stdin.end()
    await exited
  }
  return { ...address, ...controlAt(address.origin), pid: child.pid!, close, [Symbol.asyncDispose]: close }
}
