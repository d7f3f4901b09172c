/**
 * Trouble that a caller may want to tell apart. `code` is stable and documented, the message says what was
 * attempted, `cause` keeps the original. `retriable` says whether the same call may succeed later unchanged.
 */
export class QuartierError extends Error {
  readonly code: string
  readonly retriable: boolean

  constructor(code: string, message: string, options: { cause?: unknown; retriable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'QuartierError'
    this.code = code
    this.retriable = options.retriable ?? false
  }
}

/** A value, or the reason why there is none: bad input is a value too. */
export type Result<T> = { ok: true; value: T } | { ok: false; reason: string }
