import type { Logger } from '@wellhead/datasource-node'
import { type Logger as Pino, pino } from 'pino'

export interface Logs {
  readonly log: Logger
  /** The same log, as the HTTP server takes it. */
  readonly http: Pino
}

/** JSON lines on standard error; standard output belongs to the commands. */
export function createLogs(level: string): Logs {
  const http = pino({ level, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: 2, sync: true }))
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
