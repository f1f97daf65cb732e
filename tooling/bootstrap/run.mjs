import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, dirname } from 'node:path'

/** npm passes a Ctrl-C on that the terminal has already given to every process; the two arrive together. */
const SAME_SIGNAL_MS = 500

/**
 * Runs the command to its end and returns its exit code. The child has a process group of its own, so a Ctrl-C does not reach it from the
 * terminal: it gets each signal once, from here, and we wait until it has stopped. When this process is killed, follow.mjs tells the child.
 */
export function runToEnd(node, args, root) {
  const env = {
    ...process.env,
    PATH: `${dirname(node)}${delimiter}${process.env.PATH || ''}`,
    WELLHEAD_FOLLOW_FD: '3',
  }
  const follow = new URL('./follow.mjs', import.meta.url).href
  const child = spawn(node, [`--import=${follow}`, ...args], {
    cwd: root,
    env,
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    detached: process.platform !== 'win32',
  })
  child.stdio[3].on('error', () => {})
  let last = 0
  const forward = (signal) => {
    const now = Date.now()
    if (now - last < SAME_SIGNAL_MS) return
    last = now
    child.kill(signal)
  }
  // Asked to stop by SIGTERM, npm ends its shell and itself, and tells us nothing. A start by hand may well outlive its shell.
  const npm = process.ppid
  const orphaned = () => process.ppid !== npm && child.kill('SIGTERM') && clearInterval(watch)
  const watch = process.env.npm_lifecycle_event ? setInterval(orphaned, 250) : undefined
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, forward)
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`${node} could not be started: ${error.message}`)
      resolve(1)
    })
    child.once('exit', (code, signal) => {
      clearInterval(watch)
      for (const one of signals) process.removeListener(one, forward)
      resolve(code === null ? 128 + constants.signals[signal] : code)
    })
  })
}
