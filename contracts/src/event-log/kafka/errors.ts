import { findErrorBy as find, ProtocolError } from '@platformatic/kafka'
import { QuartierError } from '../../errors.ts'

/** Anything thrown may be asked; what is not an error of the client gives `null`. */
const findErrorBy = (error: unknown, property: string, value: unknown): unknown =>
  error instanceof Error ? find(error, property, value) : null

/** Kafka's own names of what went wrong, in the words of the port. */
const CODES: Readonly<Record<string, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'LOG_TOPIC_UNKNOWN',
  UNKNOWN_TOPIC_ID: 'LOG_TOPIC_UNKNOWN',
  MESSAGE_TOO_LARGE: 'LOG_RECORD_TOO_LARGE',
  RECORD_LIST_TOO_LARGE: 'LOG_RECORD_TOO_LARGE',
  CORRUPT_MESSAGE: 'LOG_CORRUPT',
  TOPIC_AUTHORIZATION_FAILED: 'LOG_DENIED',
  GROUP_AUTHORIZATION_FAILED: 'LOG_DENIED',
  CLUSTER_AUTHORIZATION_FAILED: 'LOG_DENIED',
  SASL_AUTHENTICATION_FAILED: 'LOG_DENIED',
}

/** The client's error as the port promises it; `what` says what was attempted. */
export function translate(error: unknown, what: string): QuartierError {
  if (error instanceof QuartierError) return error
  const known = Object.keys(CODES).find((id) => saysSo(error, id))
  const code = known ? (CODES[known] as string) : isAuthentication(error) ? 'LOG_DENIED' : 'LOG_UNAVAILABLE'
  const retriable = code === 'LOG_UNAVAILABLE' && mayPass(error)
  return new QuartierError(code, `${what}: ${reason(error)}`, { cause: error, retriable })
}

/** Whether trying again may help: trouble of the network or of a leader that moves, not a refusal. */
export function mayPass(error: unknown): boolean {
  if (error instanceof QuartierError) return error.retriable
  if (isAuthentication(error)) return false
  return findErrorBy(error, 'canRetry', true) !== null && findErrorBy(error, 'canRetry', false) === null
}

/** Whether what we know about leaders is out of date. */
export const isStale = (error: unknown): boolean =>
  findErrorBy(error, 'hasStaleMetadata', true) !== null || findErrorBy(error, 'code', 'PLT_KFK_NETWORK') !== null

/** Whether Kafka gave this reason, by its own name (`NOT_COORDINATOR`). */
export const saysSo = (error: unknown, id: string): boolean => findErrorBy(error, 'apiId', id) !== null

/** The error of one part of an answer, from its code. */
export const fromCode = (code: number, message?: string | null): ProtocolError =>
  new ProtocolError(code, message ?? null)

export const closed = (): QuartierError => new QuartierError('LOG_CLOSED', 'use the event log: it is closed')

/** A refused login stands under the connection that failed for it. */
function isAuthentication(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (findErrorBy(error, 'code', 'PLT_KFK_AUTHENTICATION')) return true
  const parts: unknown[] = error instanceof AggregateError ? error.errors : []
  return isAuthentication(error.cause) || parts.some(isAuthentication)
}

/** The innermost messages: the client wraps them in "failed 3 times" and the like. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return [...new Set(error.errors.map(reason))].slice(0, 3).join('; ')
  if (!(error instanceof Error)) return String(error)
  const own = error instanceof ProtocolError ? `${error.apiId}: ${error.message}` : error.message
  return error.cause instanceof Error ? `${own} (${error.cause.message})` : own
}
