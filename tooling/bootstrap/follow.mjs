// Loaded into the program before its own code: when the process that started it is gone (killed, so that it could not pass a signal on),
// the program is asked to stop as by SIGTERM.
import { Socket } from 'node:net'

const fd = Number(process.env.WELLHEAD_FOLLOW_FD)
if (fd > 0) {
  // Only for this process, not for those it starts.
  delete process.env.WELLHEAD_FOLLOW_FD
  const parent = new Socket({ fd, readable: true, writable: false })
  parent.on('error', () => {})
  parent.on('close', () => process.kill(process.pid, 'SIGTERM'))
  parent.resume()
  parent.unref()
}
