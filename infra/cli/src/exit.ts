import { QuartierError } from '@quartier/contracts'

export const EXIT = { done: 0, failed: 1, usage: 2, unavailable: 3, differences: 4 } as const

const UNAVAILABLE = new Set([
  'DATA_IN_USE',
  'STORE_LOCKED',
  'STORE_UNAVAILABLE',
  'LOG_UNAVAILABLE',
  'RECORDS_UNAVAILABLE',
  'GATEWAY_SILENT',
  'ECONNREFUSED',
  'EADDRINUSE',
])
const USAGE = new Set(['CONFIG_INVALID', 'USAGE', 'SQL_UNSUPPORTED', 'STORE_EMBEDDED', 'DEVICES_INVALID'])

const HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: '\nThat port is taken: choose another with --port (web page) or --mqtt-port (MQTT).',
}

/** Says what went wrong in one line and ends the program with the code that fits. */
export function fail(error: unknown): never {
  const code = (error as { code?: string }).code ?? ''
  const known = error instanceof QuartierError || UNAVAILABLE.has(code)
  const message = error instanceof Error ? (known ? error.message : (error.stack ?? error.message)) : String(error)
  process.stderr.write(`quartier: ${message}${HINTS[code] ?? ''}\n`)
  process.exit(UNAVAILABLE.has(code) ? EXIT.unavailable : USAGE.has(code) ? EXIT.usage : EXIT.failed)
}

export const usage = (message: string): QuartierError => new QuartierError('USAGE', message)
