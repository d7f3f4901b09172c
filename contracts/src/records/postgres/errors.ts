import { QuartierError } from '../../errors.ts'

/** Connections that were refused, broke or could not be found: nothing is wrong with what was asked. */
const NETWORK = new Set(
  'ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH ENOENT'.split(' '),
)
/** Classes of SQLSTATE: connection, resources, an operator's intervention (shutdown, starting up). */
const SERVER_TROUBLE = /^(08|53|57)/
/** Deadlock, serialisation, lock not available, transaction ended while idle. */
const PASSING = new Set(['40001', '40P01', '55P03', '25P03'])
const BROKEN_CLIENT = /connection terminated|not queryable|timeout exceeded when trying to connect|client was closed/i

interface PostgresError extends Error {
  readonly code?: string
}

/** Whether the connection is of no more use. */
export function isDisconnect(error: unknown): boolean {
  const { code, message } = original(error)
  if (code === undefined) return BROKEN_CLIENT.test(message)
  return NETWORK.has(code) || /^(08|57P0[123])/.test(code)
}

/** PostgreSQL's trouble as a QuartierError: RECORDS_UNAVAILABLE, RECORDS_CONFLICT or RECORDS_INVALID. */
export function translate(attempted: string, cause: unknown): QuartierError {
  if (cause instanceof QuartierError) return cause
  const { code = '', message } = original(cause)
  const text = `${attempted}: ${message || code}`
  if (code.startsWith('23')) return new QuartierError('RECORDS_CONFLICT', text, { cause })
  if (code.startsWith('22')) return new QuartierError('RECORDS_INVALID', text, { cause })
  const retriable = isDisconnect(cause) || SERVER_TROUBLE.test(code) || PASSING.has(code)
  return new QuartierError('RECORDS_UNAVAILABLE', text, { cause, retriable })
}

/** A name with several addresses fails with all their errors at once. */
function original(error: unknown): PostgresError {
  if (error instanceof QuartierError && error.cause !== undefined) return original(error.cause)
  if (error instanceof AggregateError && error.errors.length > 0) return original(error.errors[0])
  return error as PostgresError
}
