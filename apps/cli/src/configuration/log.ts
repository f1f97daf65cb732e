import type { Logger } from '@wellhead/datasource-node'
import { type Logger as Pino, pino } from 'pino'

export interface Logs {
  readonly log: Logger
  /** The same log, as the HTTP server takes it. */
  readonly http: Pino
}

/** Lines of a moment are written together: each by itself costs a busy server as much as checking who asks. Bytes, and milliseconds. */
const TOGETHER = { minLength: 4096, periodicFlush: 100 }

/** JSON lines on standard error, the last ones at the end of the process at the latest; standard output belongs to the commands. */
export function createLogs(level: string): Logs {
  const destination = pino.destination({ dest: 2, sync: false, ...TOGETHER })
  const http = pino({ level, timestamp: pino.stdTimeFunctions.isoTime }, destination)
  return {
    http,
    log: {
      debug: (message, fields) => http.debug(fields ?? {}, message),
      info: (message, fields) => http.info(fields ?? {}, message),
      warn: (message, fields) => http.warn(fields ?? {}, message),
      error: (message, fields) => http.error(fields ?? {}, message),
    },
  }
}
