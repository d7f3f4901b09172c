import { promisify } from 'node:util'
import { gzip as gzipWith } from 'node:zlib'
import { QuartierError } from '../../errors.ts'
import { exchange, type HttpAnswer } from './http.ts'

const gzip = promisify(gzipWith)

export interface InfluxServer {
  /** Lasting name: it decides which slots the server holds, so a server that moves keeps it. */
  readonly name: string
  readonly url: string
  readonly org: string
  readonly token: string
}

/** An answer of InfluxDB that is no success, or none at all (status 0). */
export class InfluxError extends QuartierError {
  readonly status: number
  /** What the server asked us to wait, ms; 0 when it did not say. */
  readonly retryAfterMs: number

  constructor(message: string, status: number, retryAfterMs: number, cause?: unknown) {
    const isRefused = status === 400 || status === 413 || status === 422
    super(isRefused ? 'STORE_REFUSED' : 'STORE_UNAVAILABLE', message, { cause, retriable: !isRefused })
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}

export interface CallOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

const GZIP_FROM_BYTES = 16_384
/** Least compression: on line protocol the next level saves a tenth of the bytes for twice the time. */
const GZIP_LEVEL = 1

/** One request to one server. */
export async function call(
  server: InfluxServer,
  request: {
    readonly method: string
    readonly path: string
    readonly body?: string | Uint8Array
    readonly headers?: Readonly<Record<string, string>>
  },
  { timeoutMs, signal }: CallOptions,
): Promise<string> {
  const what = `${request.method} ${server.name}${request.path.split('?')[0]}`
  let answer: HttpAnswer
  try {
    const timeout = AbortSignal.timeout(timeoutMs)
    answer = await exchange(new URL(request.path, server.url), {
      method: request.method,
      headers: { authorization: `Token ${server.token}`, ...request.headers },
      body: request.body,
      signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
    })
  } catch (cause) {
    const { message, code } = cause as NodeJS.ErrnoException
    throw new InfluxError(`${what}: ${message || code}`, 0, 0, cause)
  }
  const { status, text } = answer
  if (status >= 200 && status < 300) return text
  throw new InfluxError(`${what}: ${status} ${messageOf(text)}`, status, retryAfterMs(answer.retryAfter, Date.now()))
}

/** Writes lines with times in milliseconds. Big bodies are compressed unless the server is on this machine. */
export async function writeLines(
  server: InfluxServer,
  bucket: string,
  lines: string | Uint8Array,
  options: CallOptions & { readonly gzip?: boolean },
): Promise<void> {
  const pays = options.gzip ?? !isLocal(server.url)
  const isZipped = pays && lines.length >= GZIP_FROM_BYTES
  const body = isZipped ? await gzip(lines, { level: GZIP_LEVEL }) : lines
  const headers = { 'content-type': 'text/plain; charset=utf-8', ...(isZipped && { 'content-encoding': 'gzip' }) }
  const path = `/api/v2/write?${new URLSearchParams({ org: server.org, bucket, precision: 'ms' })}`
  await call(server, { method: 'POST', path, body, headers }, options)
}

/** Runs a query; the answer is CSV without annotations. */
export async function query(server: InfluxServer, flux: string, options: CallOptions): Promise<string> {
  const path = `/api/v2/query?${new URLSearchParams({ org: server.org })}`
  const body = JSON.stringify({ query: flux, dialect: { header: true, annotations: [] } })
  const headers = { 'content-type': 'application/json', accept: 'application/csv', 'accept-encoding': 'identity' }
  return call(server, { method: 'POST', path, body, headers }, options)
}

/** Seconds or a date (RFC 9110, 10.2.3) as milliseconds from `now`. */
export function retryAfterMs(header: string | undefined, now: number): number {
  if (!header) return 0
  const seconds = Number(header)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now
  return Number.isFinite(ms) ? Math.max(0, ms) : 0
}

const isLocal = (url: string): boolean => /^(localhost|127\.|\[::1\])/.test(new URL(url).hostname)

function messageOf(text: string): string {
  try {
    return String((JSON.parse(text) as { message?: unknown }).message ?? text)
  } catch {
    return text.slice(0, 500)
  }
}
