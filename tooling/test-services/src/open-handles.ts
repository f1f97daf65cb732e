import type { ChildProcess } from 'node:child_process'
import { Server, Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll } from 'vitest'

/** Closing takes a moment: sockets say goodbye, children end. */
const GONE_MS = 3000

type Handle = object & { hasRef?: () => boolean }
const internals = process as unknown as { _getActiveHandles(): Handle[] }

let known = new Set<Handle>()
let timers = 0

beforeAll(() => {
  known = new Set(internals._getActiveHandles())
  timers = countTimers()
})

// Registered before any hook of the test file, so it runs after all of them.
afterAll(async () => {
  const deadline = Date.now() + GONE_MS
  let left = leftOver()
  while (left.length > 0 && Date.now() < deadline) {
    await delay(25, undefined, { ref: false })
    left = leftOver()
  }
  if (left.length > 0) throw new Error(`This file left open:\n${left.map((one) => `  - ${one}`).join('\n')}`)
})

/** What would keep the process alive: servers, sockets, children and timers made since the file began. */
function leftOver(): string[] {
  const handles = internals._getActiveHandles().filter((handle) => !known.has(handle) && handle.hasRef?.() !== false)
  const named = handles.map(nameOf).filter((name) => name !== undefined)
  const extra = countTimers() - timers
  return extra > 0 ? [...named, `${extra} timer(s)`] : named
}

function nameOf(handle: Handle): string | undefined {
  if (handle instanceof Server) {
    if (!handle.listening) return undefined
    return `server on ${JSON.stringify(handle.address())}`
  }
  if (handle instanceof Socket) {
    if (handle.destroyed || handle.remotePort === undefined) return undefined
    return `connection from port ${handle.localPort} to ${handle.remoteAddress}:${handle.remotePort}`
  }
  if ('spawnfile' in handle) {
    const child = handle as unknown as ChildProcess
    if (child.exitCode !== null || child.signalCode !== null) return undefined
    return `child process ${child.pid}: ${child.spawnargs.join(' ').slice(0, 200)}`
  }
  return undefined
}

function countTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}
