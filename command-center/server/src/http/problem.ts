import type { ApiError } from '@quartier/contracts/api'

/** An answer other than success: what the client is told, with a status. Nothing else of an error leaves the server. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly where: string | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    code: string,
    message: string,
    options: { where?: string; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.status = status
    this.code = code
    this.where = options.where
    this.headers = options.headers ?? {}
  }

  body(where: string): ApiError {
    return { code: this.code, message: this.message, where: this.where ?? where }
  }
}

export const unknown = (what: 'series' | 'place' | 'asset' | 'zone' | 'principal' | 'tile', id: string): Problem =>
  new Problem(404, `${what.toUpperCase()}_UNKNOWN`, `There is no ${what} "${id}".`)

/** Any thrown thing as a problem: our own as it is, retriable trouble as 503, the rest as a bare 500. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const e = error as { code?: unknown; retriable?: unknown; message?: unknown }
  if (e?.retriable === true)
    return new Problem(503, String(e.code), 'A part of the platform is not available at the moment. Try again.', {
      headers: { 'retry-after': '2' },
      cause: error,
    })
  if (e?.code === 'RECORDS_INVALID' || e?.code === 'PASSWORD_REFUSED')
    return new Problem(400, 'INPUT_INVALID', String(e.message), { cause: error })
  if (e?.code === 'RECORDS_CONFLICT') return new Problem(409, 'RECORDS_CONFLICT', String(e.message), { cause: error })
  const status = statusOf(error)
  if (status === 404) return new Problem(404, 'NOT_FOUND', 'There is nothing at this address.')
  if (status === 413) return new Problem(413, 'BODY_TOO_LARGE', 'The request is larger than this endpoint takes.')
  if (status >= 400 && status < 500)
    return new Problem(status, 'INPUT_INVALID', 'The request could not be read.', { cause: error })
  return new Problem(500, 'INTERNAL', 'Something went wrong on our side; it has been noted.', { cause: error })
}

function statusOf(error: unknown): number {
  const e = error as { getStatus?: () => number; status?: unknown } | null
  if (typeof e?.getStatus === 'function') return e.getStatus()
  return typeof e?.status === 'number' ? e.status : 500
}
