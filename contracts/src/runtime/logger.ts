import { pino } from 'pino'

/** `error` wakes somebody, `warn` is read tomorrow, `info` tells the story of a day. Fields first, then a short event name. */
export interface Logger {
  debug(fields: object, event: string): void
  info(fields: object, event: string): void
  warn(fields: object, event: string): void
  error(fields: object, event: string): void
}

/** One JSON line an event on standard error; standard output belongs to people. */
export function createLogger(service: string, level: 'debug' | 'info' | 'warn' | 'error' | 'silent'): Logger {
  return pino({ base: { service }, level, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2))
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }
