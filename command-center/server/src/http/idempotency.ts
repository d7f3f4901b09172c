import { Problem } from './problem.ts'

/**
 * Answers of commands by person, endpoint and key, so that a command sent twice happens once. Kept in memory for an
 * hour: a restart forgets them, as it forgets nobody's data. A command that failed may be tried again with its key.
 */
export class Idempotency {
  readonly #now: () => number
  readonly #kept = new Map<string, Kept>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** @throws Problem 422 IDEMPOTENCY_MISMATCH when the key was used with another body */
  run<T>(id: string, fingerprint: string, work: () => Promise<T>): Promise<T> {
    this.#forget()
    const known = this.#kept.get(id)
    if (known) {
      if (known.fingerprint === fingerprint) return known.answer as Promise<T>
      return Promise.reject(
        new Problem(422, 'IDEMPOTENCY_MISMATCH', 'This idempotency key was used for another request.'),
      )
    }
    const answer = work()
    this.#kept.set(id, { fingerprint, answer, at: this.#now() })
    answer.catch(() => this.#kept.delete(id))
    return answer
  }

  #forget(): void {
    const oldest = this.#now() - KEEP_MS
    for (const [id, kept] of this.#kept) {
      if (kept.at >= oldest && this.#kept.size < MOST) return
      this.#kept.delete(id)
    }
  }
}

interface Kept {
  readonly fingerprint: string
  readonly answer: Promise<unknown>
  readonly at: number
}

const KEEP_MS = 3_600_000
const MOST = 10_000
